/** Whether a family may have that unit: Prometheus refuses a whole OpenMetrics scrape for another one. */
export function mayHaveUnit(family: string, unit: string): boolean {
  return unit === "" || family.endsWith(`_${unit}`);
}
