import type { Status } from '../../components/StatusTag';
import { clock } from '../../lib/format';
import type { Readiness } from './readiness';

export interface Verdict {
  status: Status;
  word: string;
  sentence: string;
  explanation: string;
}

interface Known {
  /** The last answer, if there ever was one. */
  readiness: Readiness | undefined;
  /** When it came. */
  answeredAt: Date | undefined;
  /** Whether the latest try failed. */
  unreachable: boolean;
  /** Names of the models that take requests; undefined without an admin key. */
  models: string[] | undefined;
}

/** The page's answer in words: does Penstock serve, and if not, why. */
export function verdictOf({ readiness, answeredAt, unreachable, models }: Known): Verdict {
  if (unreachable) {
    return {
      status: 'bad',
      word: 'Down',
      sentence: 'The server does not answer.',
      explanation:
        answeredAt === undefined
          ? 'It never has since this page was opened. Trying again every 2 s.'
          : `Its last answer came at ${clock(answeredAt)}. Trying again every 2 s.`,
    };
  }
  if (readiness === undefined) {
    return { status: 'neutral', word: 'Asking', sentence: 'Asking the server.', explanation: '' };
  }
  if (!readiness.ready) {
    return {
      status: 'warn',
      word: 'Not ready',
      sentence: 'Requests are refused for now.',
      explanation: readiness.reasons.join('; ') || 'The server does not say why.',
    };
  }
  return {
    status: 'ok',
    word: 'Healthy',
    sentence: models === undefined || models.length === 0 ? 'Penstock takes requests.' : `Penstock serves ${list(models)}.`,
    explanation:
      models?.length === 0
        ? 'No model is loaded. Start with --model to load one.'
        : 'Clients reach it at /v1 with an API key.',
  };
}

function list(names: string[]): string {
  return new Intl.ListFormat('en').format(names);
}
