import type { JobReport } from '../../../shared/schemas/job.ts';
import { EvidenceProof } from './EvidenceProof.tsx';
import { ReceiptProof } from './ReceiptProof.tsx';
import './proof.css';

/** Step 5: what was read back. Nothing is called done that is not on this page. */
export function Proof({ report }: { report: JobReport }) {
  if (report.kind === 'card') return <ReceiptProof receipt={report.receipt} />;
  if (report.kind === 'card-evidence') return <EvidenceProof evidence={report.evidence} />;
  // An image job has no card; its report stands under Jobs.
  return null;
}
