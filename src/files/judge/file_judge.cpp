#include "files/judge/file_judge.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>

#include "files/judge/copies.h"
#include "files/judge/evidence.h"
#include "files/judge/file_type.h"
#include "files/judge/rename_bursts.h"
#include "files/judge/sums.h"

namespace vedette::files {
namespace {

constexpr std::size_t kActorsMax = 4096;
constexpr std::size_t kDirectoriesMax = 16'384;
constexpr std::size_t kPlacesMax = 64;  // directories remembered of one actor
constexpr std::size_t kNotesMax = 4096;
constexpr int kTreeDepth = 12;
constexpr std::size_t kReasonsMax = 5;
constexpr std::size_t kFamilies = 3;  // parent, its parent, and that one's
constexpr std::uint64_t kNoteBytesMin = 40;

std::string session_of(const Actor& actor) {
  const std::string place =
      actor.cgroup.empty() || actor.cgroup == "/" ? fmt::format("session {}", actor.session) : actor.cgroup;
  return fmt::format("{}|{}|{}", place, actor.uid, actor.client);
}

// The processes that started the actor, nearest first. Whoever starts a process, or a session, for each file
// is met here; but the clients of one file server are not one attacker.
std::vector<std::string> families_of(const Actor& actor) {
  std::vector<std::string> out;
  if (!actor.client.empty()) return out;
  for (const ProcessInfo& ancestor : actor.ancestors) {
    if (out.size() >= kFamilies || ancestor.pid <= 1) break;
    out.push_back(fmt::format("{} {}|{}", ancestor.pid, ancestor.start_ticks, actor.uid));
  }
  return out;
}

// A program that forks itself is one program; what a shell starts is less closely related.
double family_share(const Actor& actor, std::size_t which, const Thresholds& t) {
  const std::string& own = actor.process.executable;
  return !own.empty() && actor.ancestors[which].executable == own ? 1.0 : t.session_share;
}

// Encrypted with what people use themselves.
bool peoples_own(const Evidence& evidence) {
  return std::any_of(evidence.reasons.begin(), evidence.reasons.end(), [](const Reason& r) {
    return r.message.key == "files.judge.copied_crypt" || r.message.key == "files.judge.became_crypt";
  });
}

// Places where strong evidence was found, by actor; bounded as the sums are.
struct Places {
  std::set<std::string, std::less<>> directories;
  std::set<std::string, std::less<>> trees;
};

}  // namespace

struct FileJudge::State {
  explicit State(const Thresholds& t)
      : thresholds(t),
        actors({t.half_life_files, t.half_life_hours}, t.weak_max, kActorsMax),
        sessions({t.half_life_files, t.half_life_hours}, t.weak_max, kActorsMax),
        families({t.half_life_files, t.half_life_hours}, t.weak_max, kActorsMax),
        directories({t.half_life_files, t.half_life_hours}, t.weak_max, kDirectoriesMax),
        trees({t.tree_half_life_files, t.tree_half_life_hours}, t.weak_max, kDirectoriesMax),
        bursts({t.rename_burst_files, t.rename_burst_types, t.rename_burst_seconds}) {}

  Thresholds thresholds;
  Sums actors, sessions, families, directories, trees;
  Copies copies;
  RenameBursts bursts;
  std::unordered_map<std::string, Places> places;
  std::deque<std::string> places_order;
  std::unordered_map<std::string, std::string> session_of_actor;
  std::unordered_map<std::string, std::vector<std::string>> families_of_actor;
  std::unordered_map<std::string, std::set<std::string, std::less<>>> notes;  // digest → directories
  std::deque<std::string> notes_order;

  Places& places_of(const std::string& actor);
  void weigh_note(const FileChange& change, Evidence& out);
  void weigh_pair(const std::optional<CopyPair>& pair, Evidence& out);
  void weigh_canary(const FileChange& change, Evidence& out);
  void weigh_burst(const std::string& actor, const FileChange& change, Evidence& out);
  // True where the change is half of a deed, not a quiet one.
  bool weigh(const Actor& actor, const std::string& key, const std::string& session, const FileChange& change,
             Evidence& out);
  template <class F>
  void each_tree(const std::string& directory, F&& f);
};

Places& FileJudge::State::places_of(const std::string& actor) {
  auto [found, fresh] = places.try_emplace(actor);
  if (fresh) {
    places_order.push_back(actor);
    if (places_order.size() > kActorsMax) {
      session_of_actor.erase(places_order.front());
      families_of_actor.erase(places_order.front());
      places.erase(places_order.front());
      places_order.pop_front();
    }
  }
  return found->second;
}

template <class F>
void FileJudge::State::each_tree(const std::string& directory, F&& f) {
  std::string_view at = directory_of(directory);
  for (int i = 0; i < kTreeDepth && !at.empty(); ++i) {
    f(std::string(at));
    at = directory_of(at);
  }
}

void FileJudge::State::weigh_note(const FileChange& change, Evidence& out) {
  if (!change.content || change.content->digest_after.empty() || change.size_after < kNoteBytesMin) return;
  auto [found, fresh] = notes.try_emplace(change.content->digest_after);
  if (fresh) {
    notes_order.push_back(change.content->digest_after);
    if (notes_order.size() > kNotesMax) {
      notes.erase(notes_order.front());
      notes_order.pop_front();
    }
  }
  auto& directories = found->second;
  const std::string directory(directory_of(change.path));
  if (directories.size() >= kPlacesMax || !directories.insert(directory).second) return;
  if (static_cast<double>(directories.size()) < thresholds.note_directories_min) return;
  out.add_weak(thresholds.note, "files.judge.note",
               {{"path", change.path}, {"count", std::to_string(directories.size())}});
}

void FileJudge::State::weigh_pair(const std::optional<CopyPair>& pair, Evidence& out) {
  if (!pair) return;
  const bool crypt = pair->kind == CopyKind::kCrypt;
  out.add_strong(crypt ? thresholds.copied_crypt : thresholds.copied_random,
                 crypt ? "files.judge.copied_crypt" : "files.judge.copied_random",
                 {{"path", pair->original}, {"copy", pair->copy}});
}

void FileJudge::State::weigh_canary(const FileChange& change, Evidence& out) {
  if (!change.canary || change.kind == ChangeKind::kCreated) return;
  if (out.strong > 0) {
    out.add_strong(thresholds.canary_content, "files.judge.canary_content", {{"path", change.path}});
  } else {
    out.add_weak(thresholds.canary_name, "files.judge.canary_name", {{"path", change.path}});
  }
}

void FileJudge::State::weigh_burst(const std::string& actor, const FileChange& change, Evidence& out) {
  bool decides = false;
  if (change.kind != ChangeKind::kRenamed) {
    decides = out.strong > 0 && !peoples_own(out) && bursts.turned(actor, change.path, change.at);
  } else if (const auto ending = unknown_ending(change); !ending.empty()) {
    const auto had = extension_of(file_name(change.old_path));
    decides = bursts.renamed(actor, {.from = change.old_path,
                                     .to = change.path,
                                     .ending = ending,
                                     .had = known_extension(had) ? had : "",
                                     .at = change.at});
  } else {
    bursts.left(actor, change.old_path);
  }
  if (decides)
    out.add_strong(thresholds.rename_burst, "files.judge.rename_burst",
                   {{"path", change.path}, {"ending", extension_of(file_name(change.path))}});
}

bool FileJudge::State::weigh(const Actor& actor, const std::string& key, const std::string& session,
                             const FileChange& change, Evidence& out) {
  const bool known = !actor.process.executable.empty();  // else several may share the key
  bool half = false;
  const auto& content = change.content;
  const auto lost = [&](std::uint64_t size) {
    if (content && !had_meaning(*content)) return;
    half = true;
    weigh_pair(copies.lost(session, change.path, size, content && meaning_is_known(*content), change.at),
               out);
  };
  switch (change.kind) {
    case ChangeKind::kCreated:
      if (!content) break;
      if (const CopyKind kind = copy_kind(*content); kind != CopyKind::kNone) {
        half = true;
        weigh_pair(copies.appeared(session, change.path, change.size_after, kind, change.at), out);
      }
      weigh_note(change, out);
      break;
    case ChangeKind::kModified:
    case ChangeKind::kReplaced:
      if (change.size_after == 0 && change.size_before > 0) {
        lost(change.size_before);
        break;
      }
      if (change.size_before == 0 && content) {
        // An empty file that was there first: as good as new.
        if (const CopyKind kind = copy_kind(*content); kind != CopyKind::kNone) {
          half = true;
          weigh_pair(copies.appeared(session, change.path, change.size_after, kind, change.at), out);
        }
        break;
      }
      out = weigh_content(change, thresholds);
      if (known) weigh_burst(key, change, out);
      if (change.kind == ChangeKind::kReplaced) copies.renamed(change.old_path, "");
      break;
    case ChangeKind::kRenamed:
      half = true;
      out = weigh_name(change, thresholds);
      if (known) weigh_burst(key, change, out);
      copies.renamed(change.old_path, change.path);
      break;
    case ChangeKind::kDeleted:
      half = true;
      copies.renamed(change.path, "");
      lost(change.size_before);
      break;
  }
  weigh_canary(change, out);
  return half;
}

FileJudge::FileJudge(Thresholds thresholds) : state_(std::make_unique<State>(thresholds)) {}
FileJudge::~FileJudge() = default;

void FileJudge::saw_read(const Actor& actor, const std::string& path, std::uint64_t size, SteadyTime) {
  state_->copies.saw_read(session_of(actor), path, size);
}

Judgement FileJudge::judge(const Actor& actor, const FileChange& change) {
  State& s = *state_;
  const Thresholds& t = s.thresholds;
  const std::string key = actor.key(), session = session_of(actor), directory(directory_of(change.path));
  const std::vector<std::string> families = families_of(actor);
  Evidence evidence;
  const bool half = s.weigh(actor, key, session, change, evidence);

  if (change.kind == ChangeKind::kRenamed || change.kind == ChangeKind::kReplaced) {
    s.actors.renamed(key, change.old_path, change.path);
    s.sessions.renamed(session, change.old_path, change.path);
    for (const auto& family : families) s.families.renamed(family, change.old_path, change.path);
    s.directories.renamed(std::string(directory_of(change.old_path)), change.old_path, change.path);
  }
  if (evidence.strong > 0) {
    Places& places = s.places_of(key);
    s.session_of_actor[key] = session;
    s.families_of_actor[key] = families;
    if (places.directories.size() < kPlacesMax && places.directories.insert(directory).second &&
        places.directories.size() > 1)
      evidence.add_weak(t.spread, "files.judge.spread",
                        {{"count", std::to_string(places.directories.size())}});
  }

  Judgement out;
  out.change_score = evidence.strong + std::min(evidence.weak, t.weak_max);
  // Adds to one sum; the highest of all names the partners.
  double highest = 0;
  const auto add = [&](Sums& sums, const std::string& where, double portion) {
    const double score =
        sums.add(where, change.path, evidence.strong * portion, evidence.weak * portion, change.at, key);
    if (score > highest) {
      highest = score;
      if (score >= t.attack) out.partners = sums.contributors(where);
    }
    return score;
  };
  if (evidence.strong > 0 || evidence.weak > 0) {
    out.actor_score = std::max(add(s.actors, key, 1), add(s.sessions, session, t.session_share));
    out.directory_score = add(s.directories, directory, 1);
    // What people do to files of their own is theirs: it does not sum up over all of /home, nor
    // over everything that one desktop started.
    if (!peoples_own(evidence)) {
      for (std::size_t i = 0; i < families.size(); ++i)
        out.actor_score = std::max(out.actor_score, add(s.families, families[i], family_share(actor, i, t)));
      s.each_tree(directory, [&](const std::string& tree) {
        out.directory_score = std::max(out.directory_score, add(s.trees, tree, t.tree_share));
        if (evidence.strong > 0) {
          auto& trees = s.places_of(key).trees;
          if (trees.size() < kPlacesMax) trees.insert(tree);
        }
      });
    }
  } else {
    if (!half) {
      s.actors.quiet(key, change.at);
      s.sessions.quiet(session, change.at);
      for (const auto& family : families) s.families.quiet(family, change.at);
      s.directories.quiet(directory, change.at);
      s.each_tree(directory, [&](const std::string& tree) { s.trees.quiet(tree, change.at); });
    }
    out.actor_score = std::max(s.actors.score(key), s.sessions.score(session));
    out.directory_score = s.directories.score(directory);
  }

  out.rename_burst = s.bursts.stands(key, change.at);
  const double score = std::max(out.actor_score, out.directory_score);
  if (evidence.strong > 0 && score >= t.attack) {
    out.verdict = Verdict::kAttack;
  } else if ((evidence.strong > 0 || evidence.weak > 0) && score >= t.suspicious) {
    out.verdict = Verdict::kSuspicious;
  }
  if (out.verdict == Verdict::kAttack) {
    std::erase(out.partners, key);
  } else {
    out.partners.clear();
  }
  std::stable_sort(evidence.reasons.begin(), evidence.reasons.end(),
                   [](const Reason& a, const Reason& b) { return a.weight > b.weight; });
  for (std::size_t i = 0; i < std::min(evidence.reasons.size(), kReasonsMax); ++i)
    out.reasons.push_back(std::move(evidence.reasons[i].message));
  return out;
}

void FileJudge::forgive(const std::string& actor_key) {
  State& s = *state_;
  s.actors.forget(actor_key);
  s.bursts.forget(actor_key);
  if (const auto session = s.session_of_actor.find(actor_key); session != s.session_of_actor.end())
    s.sessions.forget(session->second);
  if (const auto found = s.families_of_actor.find(actor_key); found != s.families_of_actor.end())
    for (const auto& family : found->second) s.families.forget(family);
  if (const auto found = s.places.find(actor_key); found != s.places.end()) {
    for (const auto& directory : found->second.directories) s.directories.forget(directory);
    for (const auto& tree : found->second.trees) s.trees.forget(tree);
    found->second = {};
  }
}

}  // namespace vedette::files
