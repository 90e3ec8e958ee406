package dev.mpiswarm.worker;

/** The worker cannot be started; the message says why, and is all that a person needs to see. */
final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StartException(String message) {
    super(message);
  }

  StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
