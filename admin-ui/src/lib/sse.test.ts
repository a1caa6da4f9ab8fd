import { expect, test } from 'vitest';
import { EventParser } from './sse';

test('events that arrive in pieces are put together', () => {
  const parser = new EventParser();
  expect(parser.push('event: sample\nda')).toEqual([]);
  expect(parser.push('ta: {"a":1}\n\ndata: [DONE]\n')).toEqual([{ event: 'sample', data: '{"a":1}' }]);
  expect(parser.push('\n')).toEqual([{ event: 'message', data: '[DONE]' }]);
});

test('comments and data of several lines', () => {
  expect(new EventParser().push(': keep alive\n\ndata: a\ndata: b\r\n\r\n')).toEqual([{ event: 'message', data: 'a\nb' }]);
});
