// Listens to what a page must not do.
export class Watcher {
  constructor(page, base) {
    this.faults = [];
    this.foreign = [];
    const origin = new URL(base).origin;
    page.on('console', (message) => {
      // Answers of 4xx that the flow provokes are no faults of the page.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) this.faults.push(message.text());
    });
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(origin) && !url.startsWith('data:') && !url.startsWith('blob:')) this.foreign.push(url);
    });
  }
}
