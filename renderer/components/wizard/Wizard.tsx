import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { IconCheck } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import './wizard.css';

export interface WizardStepEntry {
  readonly id: string;
  readonly label: string;
  /** Where a finished step can be seen again. */
  readonly href?: string;
}

/** The one wizard: its steps above, the step in the middle, and a quiet column that says what this will do. */
export function Wizard(props: {
  title: ReactNode;
  steps: readonly WizardStepEntry[];
  current: string;
  aside: ReactNode;
  children: ReactNode;
}) {
  const position = props.steps.findIndex((step) => step.id === props.current);
  return (
    <div className="wizard">
      <div className="wizard-head">
        <h1>{props.title}</h1>
        <ol className="wizard-steps no-print" aria-label={t`Steps`}>
          {props.steps.map((step, index) => (
            <WizardStepMark key={step.id} step={step} index={index} position={position} />
          ))}
        </ol>
      </div>
      <div className="wizard-main">{props.children}</div>
      <aside className="wizard-aside" aria-label={t`What this will do`}>
        <div className="aside-column">{props.aside}</div>
      </aside>
    </div>
  );
}

function WizardStepMark(props: { step: WizardStepEntry; index: number; position: number }) {
  const { step, index, position } = props;
  const done = index < position;
  const content = (
    <>
      <span className="wizard-step-mark" aria-hidden="true">
        {done ? <IconCheck size={14} stroke={3} /> : index + 1}
      </span>
      {step.label}
      {done && (
        <span className="sr-only">
          <Trans>, done</Trans>
        </span>
      )}
    </>
  );
  return (
    <li
      className="wizard-step"
      data-state={done ? 'done' : index === position ? 'current' : 'ahead'}
      aria-current={index === position ? 'step' : undefined}
    >
      {done && step.href ? <a href={step.href}>{content}</a> : <span>{content}</span>}
    </li>
  );
}

/** A step's heading takes the focus when its step appears, so that keyboard and screen reader start at its top. */
export function StepHeading({ children, about }: { children: ReactNode; about?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="step-heading">
      <h2 ref={heading} tabIndex={-1}>
        {children}
      </h2>
      {about && <p className="quiet">{about}</p>}
    </div>
  );
}

/** The step's buttons, always in sight. */
export function StepActions({ children }: { children: ReactNode }) {
  return <div className="step-actions no-print">{children}</div>;
}

/** One paragraph of the quiet column. */
export function AsideSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="aside-section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}
