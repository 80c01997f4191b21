#include "sites/replay.h"

#include <algorithm>
#include <fstream>
#include <map>

#include "net/url.h"
#include "sites/html/page.h"

namespace vedette::sites {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kNoAddress = "https://page.invalid/";

Result<std::vector<fs::path>> entries(const fs::path& folder, bool folders) {
  std::error_code code;
  std::vector<fs::path> out;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    if (folders ? at->is_directory(code) : at->is_regular_file(code)) out.push_back(at->path());
  }
  if (code)
    return fail(ErrorCode::kNotFound, "cannot read the folder " + folder.string() + ": " + code.message());
  std::sort(out.begin(), out.end());
  return out;
}

bool alarmed(Verdict verdict) { return verdict == Verdict::kWarn || verdict == Verdict::kCritical; }

class Replay {
 public:
  Replay(const ReplayOptions& options, const ReplayVisit& visit) : options_(options), visit_(visit) {}

  Result<void> run() {
    TRY_ASSIGN(const std::vector<ReplayPage> pages, list_recording(options_.folder));
    if (!options_.against.empty()) {
      TRY_ASSIGN(hostile_files_, list_files(options_.against));
      for (const fs::path& file : hostile_files_) {
        TRY_ASSIGN(std::string body, read_recorded(file));
        hostile_bodies_.push_back(std::move(body));
      }
    }
    for (const ReplayPage& page : pages) TRY(run_page(page));
    return {};
  }
  ReplaySummary summary;

 private:
  Result<void> run_page(const ReplayPage& page) {
    Profile profile;
    std::string previous, url;
    for (std::size_t i = 0; i < page.fetches.size(); ++i) {
      TRY_ASSIGN(std::string body, read_recorded(page.fetches[i]));
      if (i == 0) url = own_url(body);
      const PageInput input{.url = url, .http_status = 200, .content_type = "", .body = body};
      if (static_cast<int>(i) < options_.learn) {
        profile.learn(input);
      } else if (body != previous) {
        change(page, i, input, profile);
      }
      previous = std::move(body);
    }
    for (std::size_t i = 0; i < hostile_bodies_.size(); ++i) {
      const PageInput input{.url = url, .http_status = 200, .content_type = "", .body = hostile_bodies_[i]};
      ReplayStep step{page.name, page.fetches.back().filename().string(),
                      hostile_files_[i].filename().string(), profile.judge(input, options_.learn), true};
      ++summary.against;
      summary.caught += step.judgement.verdict == Verdict::kCritical ? 1u : 0u;
      const auto& found = step.judgement.findings;
      summary.named_hostile +=
          std::any_of(found.begin(), found.end(), [](const PageFinding& f) { return f.hostile; }) ? 1u : 0u;
      visit_(step);
    }
    return {};
  }

  void change(const ReplayPage& page, std::size_t i, const PageInput& input, Profile& profile) {
    ReplayStep step{page.name, i == 0 ? std::string() : page.fetches[i - 1].filename().string(),
                    page.fetches[i].filename().string(), profile.judge(input, options_.learn), false};
    const Verdict verdict = step.judgement.verdict;
    ++summary.changes;
    summary.critical += verdict == Verdict::kCritical ? 1u : 0u;
    summary.warn += verdict == Verdict::kWarn ? 1u : 0u;
    summary.unavailable += verdict == Verdict::kUnavailable ? 1u : 0u;
    visit_(step);
    if (verdict == Verdict::kOk) profile.learn(input);
    if (alarmed(verdict) && options_.approve_alarms) profile.approve(input);
  }

  const ReplayOptions& options_;
  const ReplayVisit& visit_;
  std::vector<fs::path> hostile_files_;
  std::vector<std::string> hostile_bodies_;
};

}  // namespace

Result<std::vector<ReplayPage>> list_recording(const fs::path& folder) {
  TRY_ASSIGN(const std::vector<fs::path> folders, entries(folder, true));
  std::vector<ReplayPage> out;
  for (const fs::path& page : folders) {
    TRY_ASSIGN(std::vector<fs::path> files, entries(page, false));
    if (!files.empty()) out.push_back({page.filename().string(), std::move(files)});
  }
  if (out.empty())
    return fail(ErrorCode::kNotFound, folder.string() + " holds no folders with recorded fetches");
  return out;
}

Result<std::vector<fs::path>> list_files(const fs::path& folder) { return entries(folder, false); }

Result<std::string> read_recorded(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::kNotFound, "cannot read " + file.string());
  std::string body;
  char buffer[64 * 1024];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    body.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (body.size() > kReplayFileBytesMax)
      return fail(ErrorCode::kLimit, file.string() + " is larger than 32 MiB");
  }
  return body;
}

std::string own_url(std::string_view body) {
  const Page page = read_page(body, kNoAddress);
  std::map<std::string, int, std::less<>> hosts;
  std::string canonical;
  for (const Ref& ref : page.refs) {
    if (ref.host.empty() || ref.origin == "https://page.invalid") continue;
    if (ref.kind == RefKind::kBase) return std::string(ref.origin) + "/";
    if (ref.kind == RefKind::kCanonical && canonical.empty() &&
        ref.rel.find("canonical") != std::string_view::npos)
      canonical = std::string(ref.origin) + "/";
    if (ref.kind == RefKind::kLink) hosts[std::string(ref.origin)] += 1;
  }
  if (!canonical.empty()) return canonical;
  auto most = std::max_element(hosts.begin(), hosts.end(),
                               [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == hosts.end() ? std::string(kNoAddress) : most->first + "/";
}

Result<ReplaySummary> replay(const ReplayOptions& options, const ReplayVisit& visit) {
  Replay run(options, visit);
  TRY(run.run());
  return run.summary;
}

}  // namespace vedette::sites
