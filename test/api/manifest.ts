/** A valid manifest as text; `spec` lines are added to it, indented as given. */
export function manifest(name: string, spec = ''): string {
  return `apiVersion: mpiswarm.dev/v1
kind: MPIJob
metadata:
  name: ${name}
spec:
  image: mpiswarm/openmpi5:0.1.0
  workers:
    replicas: 2
  command: [ring]
${spec}`;
}
