package dev.mpiswarm.worker;

/** ZooKeeper did not do what was asked of it: it cannot be reached, refuses, or holds a record that is not as expected. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoreException(String message) {
    super(message);
  }

  StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
