package dev.mpiswarm.worker;

import java.util.ArrayList;
import java.util.List;

/** A machine that workers run on; rack and data centre come from labels of the Swarm's node. */
public final class NodeInfo {
  private final Json.Object record;

  NodeInfo(Json.Object record) {
    this.record = record;
  }

  /** Id of the node in the Swarm. */
  public String id() {
    return record.stringOr("id", "");
  }

  public String hostname() {
    return record.stringOr("hostname", "");
  }

  /** Address by which the Swarm knows the node; empty when it is not known. */
  public String address() {
    return record.stringOr("address", "");
  }

  /** Empty where the node has no such label. */
  public String rack() {
    return record.stringOr("rack", "");
  }

  /** Empty where the node has no such label. */
  public String dataCenter() {
    return record.stringOr("dataCenter", "");
  }

  /** {@code node2 (192.168.77.12, rack r1, data center d1)}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(hostname());
    String known = String.join(", ", details());
    return known.isEmpty() ? text.toString() : text.append(" (").append(known).append(')').toString();
  }

  private List<String> details() {
    List<String> found = new ArrayList<>();
    if (!address().isEmpty()) found.add(address());
    if (!rack().isEmpty()) found.add("rack " + rack());
    if (!dataCenter().isEmpty()) found.add("data center " + dataCenter());
    return found;
  }
}
