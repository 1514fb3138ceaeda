import { writeFileSync } from 'node:fs';

/**
 * The embedded engine's server configuration. Always written and always passed: a `config.xml` in the working
 * directory would be loaded by itself. Mark and index caches default to 5 GB each; logs nobody reads cost CPU when idle.
 * @param memoryBytes upper bound for queries, inserts and merges together
 */
export function writeEngineConfig(file: string, memoryBytes: number): void {
  writeFileSync(
    file,
    `<clickhouse>
  <max_server_memory_usage>${Math.round(memoryBytes)}</max_server_memory_usage>
  <mark_cache_size>${64 << 20}</mark_cache_size>
  <index_mark_cache_size>${32 << 20}</index_mark_cache_size>
  <primary_index_cache_size>${64 << 20}</primary_index_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <merge_tree>
    <max_suspicious_broken_parts>1000</max_suspicious_broken_parts>
    <max_suspicious_broken_parts_bytes>${100 * 2 ** 30}</max_suspicious_broken_parts_bytes>
  </merge_tree>
  <logger><level>none</level></logger>
</clickhouse>
`,
    { mode: 0o600 },
  );
}
