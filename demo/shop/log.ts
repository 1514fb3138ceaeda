import { type Attributes, logs, SeverityNumber } from '@opentelemetry/api';

const logger = logs.getLogger('shop');

const at =
  (severityText: string, severityNumber: SeverityNumber) =>
  (body: string, attributes: Attributes = {}): void =>
    logger.emit({ severityText, severityNumber, body, attributes });

/** What a service has to say; each record carries the trace it was written in. */
export const log = {
  info: at('INFO', SeverityNumber.INFO),
  warn: at('WARN', SeverityNumber.WARN),
  error: at('ERROR', SeverityNumber.ERROR),
};
