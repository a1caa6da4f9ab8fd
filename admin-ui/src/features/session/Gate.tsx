import { type ReactNode, useEffect } from 'react';
import { Mark } from '../../components/Mark';
import { ThemeButton } from '../../components/TopButtons';

/** One column in the middle: what comes before one is in. */
export function Gate({ title, where, wide, children }: { title: string; where: string; wide?: boolean; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} - Penstock`;
  }, [title]);
  return (
    <main className="gate">
      <div className={wide ? 'gate-column wide-gate' : 'gate-column'}>
        <div className="gate-head">
          <Mark />
          <h1>{title}</h1>
          <p className="secondary">Penstock at {where}</p>
        </div>
        {children}
        <div className="gate-foot">
          <span />
          <ThemeButton />
        </div>
      </div>
    </main>
  );
}
