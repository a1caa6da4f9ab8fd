import { type ReactNode, useId } from 'react';

interface Props {
  title: string;
  /** A quiet line beside the title. */
  note?: ReactNode;
  right?: ReactNode;
  foot?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** One panel, hairlines inside. */
export function Panel({ title, note, right, foot, className, children }: Props) {
  const id = useId();
  return (
    <section className={className === undefined ? 'panel' : `panel ${className}`} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span className="small quiet note-beside">{note}</span>}
        {right !== undefined && <span className="panel-right">{right}</span>}
      </div>
      {children}
      {foot !== undefined && <p className="panel-foot">{foot}</p>}
    </section>
  );
}

/** The page's answer in words, built from data. */
export function Sentence({ children, more, right }: { children: ReactNode; more?: ReactNode; right?: ReactNode }) {
  return (
    <div className="sentence">
      <div>
        <p className="sentence-say">{children}</p>
        {more !== undefined && <p className="secondary">{more}</p>}
      </div>
      {right}
    </div>
  );
}
