import { useEffect } from 'react';

interface Props {
  label: string;
  tabs: { id: string; label: string; count?: number | undefined }[];
  value: string;
  onChange: (id: string) => void;
}

/** Tabs of one page; which is open stands in the address. */
export function Tabs({ label, tabs, value, onChange }: Props) {
  // On a phone they do not fit side by side.
  useEffect(() => {
    const list = document.getElementById(`tab-${value}`)?.parentElement;
    const tab = document.getElementById(`tab-${value}`);
    if (list && tab) list.scrollLeft = Math.max(0, tab.offsetLeft - list.offsetLeft + tab.offsetWidth - list.clientWidth);
  }, [value]);
  return (
    <div className="tabs" role="tablist" aria-label={label}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          id={`tab-${tab.id}`}
          aria-selected={tab.id === value}
          tabIndex={tab.id === value ? 0 : -1}
          onClick={() => {
            onChange(tab.id);
          }}
          onKeyDown={(event) => {
            const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
            if (step === 0) return;
            const index = tabs.findIndex((t) => t.id === value);
            const next = tabs[(index + step + tabs.length) % tabs.length];
            if (next === undefined) return;
            onChange(next.id);
            document.getElementById(`tab-${next.id}`)?.focus();
          }}
        >
          {tab.label}
          {tab.count !== undefined && <span className="quiet"> {tab.count}</span>}
        </button>
      ))}
    </div>
  );
}
