/** The gated pipe. */
export function Mark() {
  return (
    <svg viewBox="0 0 22 22" fill="none" aria-hidden="true">
      <path d="M1.5 4.5H6L14 17.5H20.5" stroke="currentColor" strokeWidth="4.2" strokeLinejoin="round" />
      <path d="M13.4 6.2L6.8 10.4" stroke="var(--ps-canvas)" strokeWidth="3.4" />
      <path d="M14.6 5.4L5.6 11.2" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
    </svg>
  );
}
