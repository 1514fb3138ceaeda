import type { hc, InferResponseType } from 'hono/client';
import { expectTypeOf, test } from 'vitest';
import type { Api } from '../../api/app.ts';
import type { CapacityView } from '../../model/capacity.ts';
import type { ImpactView, ReleasesView } from '../../model/impact.ts';
import type { Comparison, HeatmapView } from '../../model/latency.ts';
import type { LogHistogram, LogsView } from '../../model/log.ts';
import type { EdgeView, MapView } from '../../model/map.ts';
import type { MetricsView, SeriesView } from '../../model/metric.ts';
import type { OperationsView as ActionsView, KillSwitch, LedgerView } from '../../model/operation.ts';
import type { ProbeRun } from '../../model/probe.ts';
import type { ProbeRunsView, ProbesView } from '../../model/probes.ts';
import type { OperationsView, ServicesView } from '../../model/service.ts';
import type { Status } from '../../model/status.ts';
import type { SpanDetails, Trace, TraceOutline, TracesView } from '../../model/trace.ts';
import type { TransactionsView, TransactionView } from '../../model/transaction.ts';

type Client = ReturnType<typeof hc<Api>>;
type Answer<Get> = InferResponseType<Get>;

// Checked by `tsc`: the pages' small fetch and the routes must speak of the same types, without a client in the bundle.
test('what the API answers is what the pages read', () => {
  expectTypeOf<Answer<Client['status']['$get']>>().toEqualTypeOf<Status>();
  expectTypeOf<Answer<Client['services']['$get']>>().toEqualTypeOf<ServicesView>();
  expectTypeOf<
    Answer<Client['services'][':service']['operations']['$get']>
  >().toEqualTypeOf<OperationsView>();
  expectTypeOf<Answer<Client['logs']['$get']>>().toEqualTypeOf<LogsView>();
  expectTypeOf<Answer<Client['logs']['histogram']['$get']>>().toEqualTypeOf<LogHistogram>();
  expectTypeOf<Answer<Client['capacity']['$get']>>().toEqualTypeOf<CapacityView>();
  expectTypeOf<Answer<Client['releases']['$get']>>().toEqualTypeOf<ReleasesView>();
  expectTypeOf<Answer<Client['releases']['impact']['$get']>>().toEqualTypeOf<ImpactView>();
  expectTypeOf<Answer<Client['map']['$get']>>().toEqualTypeOf<MapView>();
  expectTypeOf<Answer<Client['map']['edge']['$get']>>().toEqualTypeOf<EdgeView>();
  expectTypeOf<Answer<Client['metrics']['$get']>>().toEqualTypeOf<MetricsView>();
  expectTypeOf<Answer<Client['metrics']['series']['$get']>>().toEqualTypeOf<SeriesView>();
  expectTypeOf<Answer<Client['traces']['heatmap']['$get']>>().toEqualTypeOf<HeatmapView>();
  expectTypeOf<Answer<Client['traces']['compare']['$get']>>().toEqualTypeOf<Comparison>();
  expectTypeOf<Answer<Client['traces']['$get']>>().toEqualTypeOf<TracesView>();
  expectTypeOf<Answer<Client['traces'][':id']['$get']>>().toEqualTypeOf<Trace>();
  expectTypeOf<Answer<Client['traces'][':id']['outline']['$get']>>().toEqualTypeOf<TraceOutline>();
  expectTypeOf<Answer<Client['traces'][':id']['spans'][':span']['$get']>>().toEqualTypeOf<SpanDetails>();
  expectTypeOf<Answer<Client['operations']['$get']>>().toExtend<ActionsView>();
  expectTypeOf<Answer<Client['ledger']['$get']>>().toEqualTypeOf<LedgerView>();
  expectTypeOf<Answer<Client['kill-switch']['$get']>>().toEqualTypeOf<KillSwitch>();
  expectTypeOf<Answer<Client['probes']['$get']>>().toEqualTypeOf<ProbesView>();
  expectTypeOf<Answer<Client['probes'][':name']['$get']>>().toEqualTypeOf<ProbeRunsView>();
  type List = Answer<Client['transactions']['$get']>;
  expectTypeOf<List>().toEqualTypeOf<TransactionsView>();
  expectTypeOf<Answer<Client['transactions'][':name']['$get']>>().toEqualTypeOf<TransactionView>();
  // Its steps have an optional field, which the client's types write otherwise.
  type Run = Answer<Client['runs'][':traceId']['$get']>;
  expectTypeOf<Omit<Run, 'steps'>>().toEqualTypeOf<Omit<ProbeRun, 'steps'>>();
});
