import { type MarkdownBlock, markdownBlocks } from '../../../shared/markdown-blocks.ts';
import { LabLines, LabText } from '../../components/LabText.tsx';

/**
 * A file that nodes and people wrote, as text: its headings, paragraphs, lists and code are told apart, and nothing in it
 * becomes a link, an image or any other markup.
 */
export function IssueBlocks({ text, title }: { text: string; title: string }) {
  const blocks = markdownBlocks(text).filter((block) => !isTitle(block, title));
  return (
    <article className="issue-text">
      {blocks.map((block) => (
        <Block key={block.start} block={block} />
      ))}
    </article>
  );
}

/** The page has that one as its own. */
function isTitle(block: MarkdownBlock, title: string): boolean {
  return block.kind === 'heading' && (block.text === '' || (block.level === 1 && block.text === title));
}

function Block({ block }: { block: MarkdownBlock }) {
  if (block.kind === 'heading') {
    // Below the page's own.
    const Heading = block.level <= 2 ? 'h2' : 'h3';
    return (
      <Heading>
        <LabText text={block.text} />
      </Heading>
    );
  }
  if (block.kind === 'list') {
    return (
      <ul>
        {block.items.map((item, index) => (
          // The same may stand there twice.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index}>
            <LabText text={item} />
          </li>
        ))}
      </ul>
    );
  }
  if (block.kind === 'code') {
    return (
      <pre className="panel mono">
        <LabLines text={block.text} />
      </pre>
    );
  }
  return (
    <p className={block.kind === 'comment' ? 'quiet' : undefined}>
      <LabLines text={block.text} />
    </p>
  );
}
