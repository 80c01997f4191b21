// A browser and its system in few words, by the User-Agent that it sent. Empty: neither is known. What it says is a hint, never a
// proof.
const kBrowsers: [RegExp, string][] = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/coc_coc_browser/, 'Cốc Cốc'], [/Firefox\//, 'Firefox'], [/Chrom(e|ium)\//, 'Chrome'], [/Safari\//, 'Safari'], [/curl\//, 'curl']];
const kSystems: [RegExp, string][] = [[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']];

export function device(user_agent: string): string {
  const first = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(user_agent))?.[1];
  return [first(kBrowsers), first(kSystems)].filter(Boolean).join(' · ');
}
