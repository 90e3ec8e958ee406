package dev.mpiswarm.worker;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipFile;

/** Finds the user's class, and says what is wrong where Java would say little or nothing. */
final class WorkerClass {
  private WorkerClass() {}

  /**
   * The class with that name, which can be instantiated; none of its code has run.
   *
   * @throws StartException when it or a jar of the class path is missing, or it is no worker
   */
  static Class<? extends Worker> find(String name) {
    if (name == null || name.isEmpty())
      throw new StartException("no worker class is named: java.workerClass in the manifest names it");
    checkJars();
    try {
      Class<?> found = Class.forName(name, false, WorkerClass.class.getClassLoader());
      if (!Worker.class.isAssignableFrom(found))
        throw new StartException("worker class " + name + " must implement " + Worker.class.getName());
      if (Modifier.isAbstract(found.getModifiers())) throw new StartException("worker class " + name + " must not be abstract");
      constructor(found);
      return found.asSubclass(Worker.class);
    } catch (ClassNotFoundException error) {
      throw new StartException(
          "worker class " + name + " is not on the class path " + System.getProperty("java.class.path"), error);
    } catch (LinkageError error) {
      throw new StartException("worker class " + name + " cannot be loaded: " + error, error);
    }
  }

  /** Makes a worker. What its constructor throws is thrown as it is. */
  static Worker instance(Class<? extends Worker> type) throws Throwable {
    try {
      return (Worker) constructor(type).newInstance();
    } catch (java.lang.reflect.InvocationTargetException error) {
      throw error.getCause();
    }
  }

  private static Constructor<?> constructor(Class<?> type) {
    try {
      Constructor<?> found = type.getDeclaredConstructor();
      found.setAccessible(true);
      return found;
    } catch (NoSuchMethodException error) {
      throw new StartException("worker class " + type.getName() + " must have a constructor without parameters", error);
    }
  }

  /** Java passes over jars that are not there or are none. */
  private static void checkJars() {
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (!entry.endsWith(".jar")) continue;
      if (!Files.exists(Path.of(entry))) throw new StartException("jar " + entry + " of the class path is not there");
      try (ZipFile jar = new ZipFile(entry)) {
        jar.size();
      } catch (IOException error) {
        throw new StartException("jar " + entry + " of the class path cannot be read: " + error.getMessage(), error);
      }
    }
  }
}
