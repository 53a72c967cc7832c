import { ServiceText } from '../../components/ServiceText.tsx';
import type { JobView } from '../../jobs/job-view.ts';
import { stateLeftWords } from './left-words.ts';

/** What the job leaves if it stops now: in the page's language where it has the words, else as the job put it. */
export function StateLeft({ view }: { view: JobView }) {
  const sentence = view.ifCutOff ?? '';
  const words = stateLeftWords(sentence, view.started?.subject ?? '');
  return words === undefined ? <ServiceText text={sentence} /> : <span>{words}</span>;
}
