import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LabCommand } from '../../components/LabCommand.tsx';
import { ProblemNotice } from '../../components/ProblemNotice.tsx';
import { useApi } from '../../connection/client.ts';
import { problemOf } from '../../connection/problem-of.ts';

/** As the cluster file of the demo lab has it. */
const example = `"baobab": {
  "hosts": { "management": "192.168.22.71" },
  "thunderbridge": {
    "bridge": "thunderbridge",
    "address": "10.99.0.1/24",
    "mtu": 65520,
    "ports": ["thunderbolt0", "thunderbolt1"]
  }
}`;

export function NoBridge() {
  return (
    <section className="panel empty" aria-labelledby="bridge-missing">
      <h2 id="bridge-missing">
        <Trans>The cluster file has no bridge yet</Trans>
      </h2>
      <p>
        <Trans>
          Give each node of the ring its part in <code>cluster/*.json</code>: the address on the bridge, the
          MTU, and the interfaces that its cables come up as.
        </Trans>
      </p>
      <pre className="bridge-example">
        <code>{example}</code>
      </pre>
      <p>
        <Trans>Then look at what Sifaka makes of it:</Trans>
      </p>
      <LabCommand command="lab check" />
    </section>
  );
}

/** Before that, looking would only knock at addresses of a file that nobody has looked at yet. */
export function NoTrust({ node }: { node: string }) {
  return (
    <section className="panel empty" aria-labelledby="trust-missing">
      <h2 id="trust-missing">
        <Trans>No node is trusted yet</Trans>
      </h2>
      <p>
        <Trans>
          Sifaka asks a node only when you have compared its host key with what its console shows. For each
          node of the bridge:
        </Trans>
      </p>
      <LabCommand command={`nodes trust ${node}`} />
    </section>
  );
}

export function NoDesign({ isOperator }: { isOperator: boolean }) {
  const { query } = useApi();
  const queryClient = useQueryClient();
  const make = useMutation(
    query.bridge.newAttempt.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: query.bridge.designs.key() }),
    }),
  );
  return (
    <section className="panel empty" aria-labelledby="design-missing">
      <h2 id="design-missing">
        <Trans>There is no design yet</Trans>
      </h2>
      <p>
        <Trans>
          A design is the files that make the bridge on each node. The first one is made from the cluster
          file, into <code>deploy/attempt1</code> of the lab, to be read before it is deployed:
        </Trans>
      </p>
      {make.isError && <ProblemNotice problem={problemOf(make.error)} />}
      <div className="actions">
        <Button disabled={!isOperator} loading={make.isPending} onClick={() => make.mutate({})}>
          <Trans>Make the first design</Trans>
        </Button>
        <LabCommand command="bridge new-attempt" />
      </div>
    </section>
  );
}
