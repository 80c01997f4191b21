// vedette clocks: the legal clocks without a server. `check` reads an organisation's own regimes and
// holidays, `count` says which deadlines given facts come to.
#include <fmt/format.h>

#include <cstdio>

#include "cli/app.h"
#include "cli/command.h"
#include "desk/clocks/clocks.h"

namespace vedette::cli {
namespace {

struct Args {
  std::filesystem::path folder;
  std::vector<std::string> regimes;
  std::string detected, aware, request_received, finished;
  bool beyond_capacity = false, urgent = false;
};

Result<desk::RegimeSet> set_of(const Args& args) {
  if (args.folder.empty()) return desk::RegimeSet::built_in();
  return desk::RegimeSet::with_folder(args.folder);
}

int complain(const Error& error, Exit code) {
  fmt::print(stderr, "{}\n", error.full());
  return code;
}

std::string_view status_of(const desk::Regime& regime) { return regime.verified ? "verified" : "unverified"; }

int check(const Args& args) {
  auto set = set_of(args);
  if (!set) return complain(set.error(), set.error().code() == ErrorCode::kInvalid ? kBad : kNotDone);
  for (const auto* regime : set->regimes())
    fmt::print("{}: {}, deadlines: {}, {}\n", regime->id, status_of(*regime), regime->steps.size(),
               regime->name.en);
  return kWell;
}

// A clock to a line: what, its state, until when (local time of the regime), and why.
void say(const desk::LegalClock& clock) {
  std::string due = "-";
  if (clock.due) {
    auto local = Zone::find(clock.regime->zone)->local(*clock.due);
    auto second = std::chrono::duration_cast<std::chrono::seconds>(
                      local - std::chrono::floor<std::chrono::minutes>(local))
                      .count();
    due = fmt::format("{}:{:02} {} ({})", to_local_text(local), second, clock.regime->zone,
                      to_rfc3339(*clock.due));
  }
  fmt::print("{}.{}: {}, due {}\n  {}: {}\n  {} ({})\n", clock.key.regime, clock.key.step,
             to_string(clock.state), due, clock.step->name.en, render(clock.counted, Language::kEnglish),
             clock.step->citation, status_of(*clock.regime));
  for (const auto& assumption : clock.assumptions)
    fmt::print("  assumed: {}\n", render(assumption, Language::kEnglish));
}

int count(const Args& args) {
  auto set = set_of(args);
  if (!set) return complain(set.error(), kNotDone);
  desk::IncidentFacts facts{.beyond_capacity = args.beyond_capacity, .urgent = args.urgent};
  for (auto [text, fact] :
       {std::pair(&args.detected, &facts.detected_at), std::pair(&args.aware, &facts.aware_at),
        std::pair(&args.request_received, &facts.request_received_at),
        std::pair(&args.finished, &facts.finished_at)}) {
    if (text->empty()) continue;
    auto at = parse_rfc3339(*text);
    if (!at) return complain(at.error(), kNotDone);
    *fact = *at;
  }
  std::vector<std::string> chosen = args.regimes;
  if (chosen.empty()) {
    for (const auto* regime : set->regimes()) chosen.push_back(regime->id);
  }
  for (const auto& id : chosen) {
    if (!set->find(id))
      return complain(Error(ErrorCode::kNotFound,
                            fmt::format("there is no regime \"{}\"; `vedette clocks check` lists them", id)),
                      kNotDone);
  }
  for (const auto& clock : desk::clocks_of(*set, chosen, facts, {}, SystemClock().wall())) say(clock);
  return kWell;
}

}  // namespace

void add_clocks(Command& root, int& exit_code) {
  auto* clocks =
      root.add_subcommand("clocks", "Legal clocks: check an organisation's own rules, count deadlines");
  clocks->require_subcommand(1);
  auto args = std::make_shared<Args>();
  auto* checked =
      clocks->add_subcommand("check", "Check regimes and holidays and name every mistake in them");
  checked->add_option("folder", args->folder,
                      "Folder with regimes/*.toml and holidays/*.toml; none: the built-in ones");
  checked->callback([args, &exit_code] { exit_code = check(*args); });
  auto* counted = clocks->add_subcommand("count", "Say which deadlines the facts of an incident come to");
  counted->add_option("--regime", args->regimes, "Regimes that apply; all if not given")->one_at_a_time();
  counted->add_option("--folder", args->folder,
                      "Folder with regimes/*.toml and holidays/*.toml of one's own");
  counted->add_option("--detected", args->detected, "When it was detected (RFC 3339)");
  counted->add_option("--aware", args->aware, "When the organisation became aware (RFC 3339)");
  counted->add_option("--request-received", args->request_received,
                      "When an authority's request came (RFC 3339)");
  counted->add_option("--finished", args->finished, "When the response was finished (RFC 3339)");
  counted->add_flag("--beyond-capacity", args->beyond_capacity, "It may be beyond one's own capacity");
  counted->add_flag("--urgent", args->urgent, "The authority called it urgent");
  counted->callback([args, &exit_code] { exit_code = count(*args); });
}

}  // namespace vedette::cli
