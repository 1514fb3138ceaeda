/** The lines to paste so that a service reports, with no change to its code where the language allows it. The page and the README show the same. */

export interface Sender {
  language: string;
  lines(endpoint: string): string;
}

/** What every SDK reads; protobuf over HTTP is what the door speaks best and not every SDK's default. */
function environment(endpoint: string): string {
  return [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`,
    'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    'export OTEL_SERVICE_NAME=my-service',
  ].join('\n');
}

export const SENDERS: readonly Sender[] = [
  {
    language: 'JavaScript',
    lines: (endpoint) => `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
${environment(endpoint)}
node --require @opentelemetry/auto-instrumentations-node/register app.js`,
  },
  {
    language: 'Python',
    lines: (endpoint) => `pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http
opentelemetry-bootstrap -a install
${environment(endpoint)}
opentelemetry-instrument python app.py`,
  },
  {
    language: 'Go',
    lines: (
      endpoint,
    ) => `go get go.opentelemetry.io/contrib/exporters/autoexport go.opentelemetry.io/otel/sdk \\
  go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp
# in main():  exporter, err := autoexport.NewSpanExporter(ctx)
#             provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
#             defer provider.Shutdown(ctx)
#             otel.SetTracerProvider(provider)
#             http.ListenAndServe(":8000", otelhttp.NewHandler(mux, "server"))
${environment(endpoint)}
go run .`,
  },
  {
    language: 'Java',
    lines: (
      endpoint,
    ) => `curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar
${environment(endpoint)}
java -javaagent:opentelemetry-javaagent.jar -jar app.jar`,
  },
];
