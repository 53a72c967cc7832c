import { Trans } from '@lingui/react/macro';
import type { BridgeCheck, BridgeDescription } from '../../../shared/schemas/bridge.ts';
import { PortTable } from './PortTable.tsx';
import { Ring } from './Ring.tsx';

/** What each node said of itself when it was checked. */
export function CheckedNodes(props: { check: BridgeCheck; cables: BridgeDescription['cables'] }) {
  const { check, cables } = props;
  return (
    <section className="section" aria-labelledby="checked-nodes">
      <h3 id="checked-nodes">
        <Trans>What each node said</Trans>
      </h3>
      <Ring nodes={check.nodes} cables={cables} mtu={check.mtu} />
      <PortTable
        nodes={check.nodes.map(({ node, at, problem, live }) => ({
          node,
          problem,
          said: live && { at, live },
        }))}
        cables={cables}
        mtu={check.mtu}
        withRates={false}
      />
    </section>
  );
}
