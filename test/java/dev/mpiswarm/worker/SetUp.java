package dev.mpiswarm.worker;

/** {@code java … SetUp make RUN CONTAINERS} makes a run; {@code … SetUp show RUN} prints what became of its ranks. */
final class SetUp {
  private SetUp() {}

  public static void main(String[] args) throws Exception {
    if (args[0].equals("make")) {
      TestRun.make(args[1], Integer.parseInt(args[2])).close();
    } else {
      try (TestRun run = TestRun.open(args[1])) {
        for (String rank : run.children("/ranks")) System.out.println(rank + " " + run.read("/ranks/" + rank));
        System.out.println("members " + run.children("/members") + ", rung " + (run.rings() > 0));
      }
    }
    System.exit(0);
  }
}
