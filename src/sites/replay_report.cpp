// What `vedette sites replay` prints.
#include <boost/json.hpp>
#include <ostream>

#include "sites/judge/excerpt.h"
#include "sites/replay.h"

namespace vedette::sites {
namespace {

namespace json = boost::json;

json::object to_json(const ReplayStep& step) {
  json::array findings;
  for (const PageFinding& finding : step.judgement.findings) {
    findings.push_back(json::object{{"kind", finding.kind},
                                    {"severity", std::string(to_string(finding.severity))},
                                    {"reason", render(finding.reason, Language::kEnglish)},
                                    {"where", finding.where},
                                    {"before", finding.before},
                                    {"after", finding.after},
                                    {"confidence", finding.confidence},
                                    {"hostile", finding.hostile}});
  }
  return json::object{{"page", clipped(step.page, 255)},
                      {"from", clipped(step.from, 255)},
                      {"to", clipped(step.to, 255)},
                      {"verdict", std::string(to_string(step.judgement.verdict))},
                      {"findings", std::move(findings)}};
}

void write_plain(const ReplayStep& step, std::ostream& out) {
  if (step.judgement.verdict == Verdict::kOk) return;
  out << step.page << '/' << step.to << ": " << to_string(step.judgement.verdict) << '\n';
  for (const PageFinding& finding : step.judgement.findings) {
    out << "  " << to_string(finding.severity) << "  " << render(finding.title, Language::kEnglish) << " — "
        << render(finding.reason, Language::kEnglish) << "\n    " << clipped(finding.where, 200) << '\n';
  }
}

}  // namespace

int run_replay(const ReplayOptions& options, std::ostream& out, std::ostream& err) {
  const auto summary = replay(options, [&](const ReplayStep& step) {
    if (options.json) {
      out << json::serialize(to_json(step)) << '\n';
    } else if (!step.against) {
      write_plain(step, out);
    }
  });
  if (!summary.has_value()) {
    err << summary.error().full() << '\n';
    return 2;
  }
  json::object last{{"changes", summary->changes}, {"critical", summary->critical},
                    {"warn", summary->warn},       {"against", summary->against},
                    {"caught", summary->caught},   {"named_hostile", summary->named_hostile}};
  if (options.json) {
    out << json::serialize(last) << '\n';
  } else {
    out << summary->changes << " changes: " << summary->critical << " critical, " << summary->warn
        << " warn, " << summary->unavailable << " unavailable\n";
    if (!options.against.empty())
      out << summary->against << " replacements: " << summary->caught << " caught, " << summary->named_hostile
          << " named hostile\n";
  }
  return summary->critical > 0 ? 1 : 0;
}

}  // namespace vedette::sites
