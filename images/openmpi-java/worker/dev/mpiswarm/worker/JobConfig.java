package dev.mpiswarm.worker;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** The manifest's {@code configuration}, and the program's arguments. Unchangeable. */
public final class JobConfig {
  private final String jobName;
  private final Map<String, String> values;
  private final List<String> arguments;

  JobConfig(String jobName, Properties properties, List<String> arguments) {
    this.jobName = jobName;
    Map<String, String> found = new TreeMap<>();
    for (String key : properties.stringPropertyNames()) found.put(key, properties.getProperty(key));
    this.values = Collections.unmodifiableMap(found);
    this.arguments = List.copyOf(arguments);
  }

  /** Name of the job, as the manifest's {@code metadata.name} says it. */
  public String jobName() {
    return jobName;
  }

  /** The manifest's {@code args}. */
  public List<String> arguments() {
    return arguments;
  }

  /** All values, sorted by key. */
  public Map<String, String> values() {
    return values;
  }

  /** The value, or {@code otherwise} when the key is not there. */
  public String get(String key, String otherwise) {
    return values.getOrDefault(key, otherwise);
  }

  /**
   * The value as a whole number, or {@code otherwise} when the key is not there.
   *
   * @throws IllegalArgumentException when the value is no whole number
   */
  public long getLong(String key, long otherwise) {
    String value = values.get(key);
    try {
      return value == null ? otherwise : Long.parseLong(value.trim());
    } catch (NumberFormatException error) {
      throw new IllegalArgumentException("configuration " + key + " must be a whole number, got \"" + value + "\"", error);
    }
  }

  /**
   * The value as a number, or {@code otherwise} when the key is not there.
   *
   * @throws IllegalArgumentException when the value is no number
   */
  public double getDouble(String key, double otherwise) {
    String value = values.get(key);
    try {
      return value == null ? otherwise : Double.parseDouble(value.trim());
    } catch (NumberFormatException error) {
      throw new IllegalArgumentException("configuration " + key + " must be a number, got \"" + value + "\"", error);
    }
  }

  /**
   * The value as {@code true} or {@code false}, in any case, or {@code otherwise} when the key is not there.
   *
   * @throws IllegalArgumentException when the value is something else
   */
  public boolean getBoolean(String key, boolean otherwise) {
    String value = values.get(key);
    if (value == null) return otherwise;
    if (value.trim().equalsIgnoreCase("true")) return true;
    if (value.trim().equalsIgnoreCase("false")) return false;
    throw new IllegalArgumentException("configuration " + key + " must be true or false, got \"" + value + "\"");
  }
}
