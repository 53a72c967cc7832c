import { Trans } from '@lingui/react/macro';
import { PortTable } from '../../components/bridge/PortTable.tsx';
import { Ring } from '../../components/bridge/Ring.tsx';
import { Age } from '../../components/Age.tsx';
import { LabText } from '../../components/LabText.tsx';
import { formatCount } from '../../text/format.ts';
import type { SeenBridge } from './looks.ts';

/** The ring, and the table that says the same. `hasFailed`: what is shown is from a look before. */
export function LiveSection({ seen, hasFailed }: { seen: SeenBridge; hasFailed: boolean }) {
  const { overview, nodes } = seen;
  const mtu = formatCount(overview.mtu);
  const at = nodes
    .flatMap(({ said }) => said?.at ?? [])
    .toSorted()
    .at(-1);
  // What a silent node said before is in the table, where it looks old; in the ring it is a gap.
  const drawn = nodes.map(({ node, problem, said }) => ({
    node,
    ...(problem === undefined && said && { live: said.live }),
  }));
  return (
    <section className="section" aria-labelledby="bridge-now" data-old={hasFailed || undefined}>
      <div className="bridge-now-head">
        <h2 id="bridge-now">
          <Trans>
            <LabText text={overview.bridge} /> in <LabText text={overview.cluster} />, MTU {mtu}
          </Trans>
        </h2>
        {at !== undefined && (
          <span className={hasFailed ? 'small age-old' : 'small quiet'}>
            <Trans>
              Looked at <Age time={at} />
            </Trans>
          </span>
        )}
      </div>
      <Ring nodes={drawn} cables={overview.cables} mtu={overview.mtu} />
      <PortTable nodes={nodes} cables={overview.cables} mtu={overview.mtu} withRates />
    </section>
  );
}
