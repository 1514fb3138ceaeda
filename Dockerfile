# Two images: `loopwatch` (every role but browsers) and `synthetics` (journeys, with Playwright's own Chromium).
#   docker build --target loopwatch -t loopwatch .
#   docker build --target synthetics -t loopwatch-synthetics .

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /loopwatch
COPY package.json package-lock.json .npmrc ./
# Not npm ci: it refuses a lock without the optional packages of every platform. The scripts of packages bring a Node of their own and build the pages: the image has the one, the next step does the other.
RUN npm install --no-save --ignore-scripts
COPY . .
RUN npm run build && npm prune --no-save --omit=dev --ignore-scripts && rm -rf test bench drills

FROM node:24.21.0-bookworm-slim AS loopwatch
# An init that passes signals on and reaps: the product has children of its own.
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/* \
  && mkdir /data /artifacts && chown node:node /data /artifacts
WORKDIR /loopwatch
COPY --from=build /loopwatch /loopwatch
ENV NODE_ENV=production \
  LOOPWATCH_DATA_DIR=/data \
  LOOPWATCH_HTTP_HOST=0.0.0.0 \
  LOOPWATCH_OTLP_HTTP_HOST=0.0.0.0 \
  LOOPWATCH_OTLP_GRPC_HOST=0.0.0.0
USER node
VOLUME ["/data"]
EXPOSE 8080 4317 4318
ENTRYPOINT ["tini", "--", "node", "--initial-heap-size=256", "app/start.js"]
# A role's name and its settings; nothing: all roles with the embedded engine.
CMD []
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "app/healthy.js", "http://127.0.0.1:8080/readyz"]

FROM mcr.microsoft.com/playwright:v1.65.1-noble AS synthetics
# The same Node everywhere; this image brings Chromium and what it needs.
COPY --from=node:24.21.0-bookworm-slim /usr/local/bin/node /usr/local/bin/node
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/* \
  && mkdir /data && chown pwuser:pwuser /data
WORKDIR /loopwatch
COPY --from=build /loopwatch /loopwatch
ENV NODE_ENV=production LOOPWATCH_DATA_DIR=/data
USER pwuser
ENTRYPOINT ["tini", "--", "node", "app/start.js", "synthetics"]
CMD []
