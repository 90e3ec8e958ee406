package dev.mpiswarm.worker;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * A worker of the job, with the fields of Twister2's {@code WorkerInfo}. From the record by which its container registered in
 * ZooKeeper. Several workers (ranks) may share a container, and with it address, port, node and resources.
 */
public final class WorkerInfo {
  private final int id;
  private final int container;
  private final Json.Object record;

  WorkerInfo(int id, int container, Json.Object record) {
    this.id = id;
    this.container = container;
    this.record = record;
  }

  /** Worker id, which is the rank in {@code MPI.COMM_WORLD}. */
  public int id() {
    return id;
  }

  /** Index of the container, from 0. With one slot a container it is the worker id. */
  public int container() {
    return container;
  }

  /** IPv4 address on the job's overlay network. */
  public String address() {
    return record.string("address");
  }

  /** Port of the container's sshd. Ports for the program's own use are in {@link #ports}. */
  public int port() {
    return (int) record.number("port");
  }

  /** Named ports that the manifest asks for, which were free on the container when it registered, sorted by name. */
  public Map<String, Integer> ports() {
    Map<String, Integer> ports = new TreeMap<>();
    Json.Object given = record.objectOrEmpty("ports");
    for (String name : given.names()) ports.put(name, (int) given.number(name));
    return ports;
  }

  /** The machine that the container runs on. */
  public NodeInfo node() {
    return new NodeInfo(record.objectOrEmpty("node"));
  }

  /** Name of the resource group in the manifest; empty where it has none. */
  public String group() {
    return record.stringOr("group", "");
  }

  /** CPUs that the container may use, perhaps a fraction; where nothing limits it those that the manifest requests, if it does. */
  public OptionalDouble cpus() {
    return record.objectOrEmpty("resources").optionalNumber("cpus");
  }

  /** Memory that the container may use, in bytes; where nothing limits it that which the manifest requests, if it does. */
  public OptionalLong memoryBytes() {
    return bytes("memoryBytes");
  }

  /** Disk space that the container could use when it registered, in bytes; empty where that is not known. */
  public OptionalLong diskBytes() {
    return bytes("diskBytes");
  }

  private OptionalLong bytes(String name) {
    OptionalDouble number = record.objectOrEmpty("resources").optionalNumber(name);
    return number.isPresent() ? OptionalLong.of((long) number.getAsDouble()) : OptionalLong.empty();
  }

  /** {@code worker 3: 10.0.1.7:2022, container 3 on node2 (rack r1), cpus 0.5, memory 256 MiB, ports echo=40123}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("worker " + id + ": " + address() + ":" + port());
    text.append(", container ").append(container).append(" on ").append(node());
    if (!group().isEmpty()) text.append(", group ").append(group());
    cpus().ifPresent(cpus -> text.append(", cpus ").append(cpus == Math.rint(cpus) ? (Object) (long) cpus : cpus));
    memoryBytes().ifPresent(bytes -> text.append(", memory ").append(bytes >> 20).append(" MiB"));
    diskBytes().ifPresent(bytes -> text.append(", disk ").append(bytes >> 20).append(" MiB"));
    if (!ports().isEmpty()) text.append(", ports");
    ports().forEach((name, port) -> text.append(' ').append(name).append('=').append(port));
    return text.toString();
  }
}
