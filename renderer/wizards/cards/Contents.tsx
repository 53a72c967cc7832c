import { PageWords } from '../../components/PageWords.tsx';
import { ServiceText } from '../../components/ServiceText.tsx';
import { contentsWords } from './contents-words.ts';

/** What is on a target now: in the page's language where it has the words, else as the survey of the drive put it. */
export function Contents({ text }: { text: string }) {
  const words = contentsWords(text);
  return words === undefined ? <ServiceText text={text} /> : <PageWords text={words} />;
}
