/** Hands a text to the browser as a file. */
export function save(name: string, text: string, type = 'text/csv') {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** A line of a CSV file, RFC 4180; what a spreadsheet would take for a formula is made text. */
export function csvLine(fields: (string | number | null)[]): string {
  return fields
    .map((field) => {
      const text = field === null ? '' : String(field);
      const safe = typeof field === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
      return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    })
    .join(',')
    .concat('\r\n');
}
