#include <algorithm>

#include "files/webroots/difference.h"
#include "files/webroots/web_roots.h"

namespace vedette::files {
namespace {

constexpr std::size_t kOutcomesMax = 512;             // of one round of a pass
constexpr std::size_t kFoldersMax = 1'000'000;        // of one pass
constexpr std::int64_t kPictureScanMax = 4 << 20;     // data files up to this size are searched for shells
constexpr std::int64_t kLivingChanges = 5;            // a page that changed this often …
constexpr std::int64_t kLivingMs = 24 * 3600 * 1000;  // … over at least this long lives on changing

std::string joined(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

bool same_state(const WebFile& file, const KnownWebFile& known) {
  return file.size == known.size && file.mtime_ns == known.mtime_ns && file.ctime_ns == known.ctime_ns &&
         file.inode == known.inode && file.executable == known.executable;
}

void take_state(KnownWebFile& known, const WebFile& file) {
  known.size = file.size;
  known.mtime_ns = file.mtime_ns;
  known.ctime_ns = file.ctime_ns;
  known.inode = file.inode;
  known.executable = file.executable;
}

bool texts_kept(WebClass web_class) { return web_class != WebClass::kData; }

}  // namespace

Result<void> WebRoots::pass(Root& root, const std::string& below, bool deep, const std::stop_token& stop) {
  ++passes_;
  Outcomes outcomes;
  std::set<std::string> seen;
  std::vector<std::string> folders;
  auto first = root.folder->look(below);
  if (first && first->type == WebFile::Type::kFolder) folders.push_back(below);
  while (!folders.empty()) {
    if (stop.stop_requested()) return {};
    if (seen.size() >= kFoldersMax) return fail(ErrorCode::kLimit, "the web root has too many folders");
    auto directory = std::move(folders.back());
    folders.pop_back();
    seen.insert(directory);
    if (auto done = examine_folder(root, directory, deep, outcomes, folders); !done) {
      if (done.error().code() != ErrorCode::kNotFound) ++unreadable_;
    }
    if (outcomes.size() >= kOutcomesMax) settle(std::exchange(outcomes, {}));
    // What happens meanwhile does not wait for the end of a long pass.
    if (below.empty() && !deep) examine_ready(stop);
  }
  examine_removed(root, below, seen, outcomes);
  settle(std::move(outcomes));
  if (below.empty() && !root.learned) {
    TRY(baseline_->set_learned(root.id));
    root.learned = true;
  }
  return {};
}

Result<void> WebRoots::examine_folder(Root& root, const std::string& directory, bool deep, Outcomes& out,
                                      std::vector<std::string>& folders) {
  TRY_ASSIGN(auto entries, root.folder->list(directory));
  TRY_ASSIGN(auto known, baseline_->files_of(root.id, directory));
  Pending event;
  event.at = clock_.wall();
  for (const auto& entry : entries) {
    auto relative = joined(directory, entry.name);
    if (entry.file.type == WebFile::Type::kFolder) {
      if (root_of(root.resolved + "/" + relative) == &root &&
          std::ranges::count(relative, '/') < TreeWatch::kDepth)
        folders.push_back(std::move(relative));
      continue;
    }
    auto row = known.find(entry.name);
    examine_file(root, directory, entry.name, &entry.file, row == known.end() ? nullptr : &row->second, event,
                 deep, out);
    if (row != known.end()) known.erase(row);
    if (out.size() >= kOutcomesMax) settle(std::exchange(out, {}));
  }
  for (const auto& [name, row] : known) examine_file(root, directory, name, nullptr, &row, event, deep, out);
  return {};
}

void WebRoots::examine_removed(Root& root, const std::string& below, const std::set<std::string>& seen,
                               Outcomes& out) {
  auto directories = baseline_->directories_of(root.id, below);
  if (!directories) return;
  Pending event;
  event.at = clock_.wall();
  for (const auto& directory : *directories) {
    if (seen.contains(directory)) continue;
    auto there = root.folder->look(directory);
    if (there && there->type == WebFile::Type::kFolder) continue;  // unreadable, or another root's
    auto known = baseline_->files_of(root.id, directory);
    if (!known) continue;
    for (const auto& [name, row] : *known)
      examine_file(root, directory, name, nullptr, &row, event, false, out);
    if (out.size() >= kOutcomesMax) settle(std::exchange(out, {}));
  }
}

void WebRoots::examine_path(Root& root, const std::string& relative, const Pending& event, Outcomes& out) {
  auto slash = relative.rfind('/');
  auto directory = slash == std::string::npos ? std::string() : relative.substr(0, slash);
  auto name = slash == std::string::npos ? relative : relative.substr(slash + 1);
  auto known = baseline_->file_of(root.id, directory, name);
  auto file = root.folder->look(relative);
  if (!known || (!file && file.error().code() != ErrorCode::kNotFound)) {
    ++unreadable_;
    return;
  }
  if (file && file->type == WebFile::Type::kFolder) return;
  examine_file(root, directory, name, file ? &*file : nullptr, *known ? &**known : nullptr, event, false,
               out);
}

// Compares one file with what is known of it; `file` is null when it is gone.
void WebRoots::examine_file(Root& root, const std::string& directory, const std::string& name,
                            const WebFile* file, const KnownWebFile* known, const Pending& event, bool deep,
                            Outcomes& out) {
  if (file != nullptr && file->type == WebFile::Type::kOther) file = nullptr;
  if (file == nullptr && known == nullptr) return;
  if (file != nullptr && known != nullptr && !deep && same_state(*file, *known)) return;
  ++examined_;
  auto relative = joined(directory, name);
  Outcome outcome;
  outcome.root = &root;
  outcome.update.root = root.id;
  auto& row = outcome.update.file;
  if (known != nullptr) row = *known;
  row.directory = directory;
  row.name = name;
  row.web_class = file != nullptr && file->type == WebFile::Type::kLink ? WebClass::kLink
                  : file == nullptr                                     ? row.web_class
                                                                        : place_of(relative).web_class;
  outcome.update.gone = file == nullptr;

  WebFileChange change;
  change.path = relative;
  change.known = known != nullptr;
  change.gone = file == nullptr;
  change.web_class = row.web_class;
  WebContent content;
  std::string before;
  if (file != nullptr) {
    auto read = root.folder->read(relative, *file);
    if (!read) {
      if (read.error().code() != ErrorCode::kNotFound) ++unreadable_;
      return;
    }
    content = *std::move(read);
    bool same = known != nullptr && content.sha256 == known->sha256 && !content.sha256.empty();
    if (known != nullptr && content.sha256.empty()) same = same_state(*file, *known);
    bool more_rights = file->executable && known != nullptr && !known->executable;
    if (same && !more_rights) {
      if (same_state(*file, *known)) return;
      take_state(row, *file);
      out[root.resolved + "/" + relative] = std::move(outcome);  // only its times are new
      return;
    }
    take_state(row, *file);
    change.executable = file->executable;
    change.became_executable = more_rights;
  }
  if (texts_kept(row.web_class) && known != nullptr) {
    if (auto text = baseline_->text_of(root.id, directory, name)) before = *std::move(text);
  }
  change.before = before;
  change.after = content.bytes;
  change.link_leaves =
      row.web_class == WebClass::kLink && WebFolder::leaves(root.resolved, directory, content.bytes);
  change.living = row.changes >= kLivingChanges &&
                  clock_.wall() - from_unix_ms(row.changed_first_ms) >= std::chrono::milliseconds(kLivingMs);
  ShellScan scan;
  bool scanned = file != nullptr && file->type == WebFile::Type::kFile &&
                 (row.web_class != WebClass::kData || file->size <= kPictureScanMax || runs(content.bytes));
  if (scanned) {
    scan = rules_->scan(content.bytes);
    if (scan.incomplete) ++incomplete_;
    change.scan = &scan;
  }
  auto verdict = judge_change(change);

  outcome.change.at = event.at;
  outcome.change.root = root.config.path;
  outcome.change.path = relative;
  outcome.change.what = verdict            ? verdict->kind
                        : change.gone      ? "removed"
                        : known != nullptr ? "changed"
                                           : "new";
  outcome.change.writer = to_string(event.writer);
  outcome.change.sha256_before = known != nullptr ? known->sha256 : "";
  outcome.change.sha256_after = content.sha256;
  row.sha256 = content.sha256;
  if (known != nullptr && !change.gone && root.learned) {
    if (row.changes == 0) row.changed_first_ms = to_unix_ms(clock_.wall());
    ++row.changes;
  }
  outcome.update.keep_text = !change.gone && texts_kept(row.web_class);
  if (outcome.update.keep_text && content.bytes.size() <= Baseline::kTextMax)
    outcome.update.text = std::move(content.bytes);
  outcome.verdict = std::move(verdict);
  outcome.change.quiet = quiet_because(root, outcome, event);
  if (!outcome.change.quiet.empty()) outcome.verdict.reset();
  out[root.resolved + "/" + relative] = std::move(outcome);
}

std::string WebRoots::quiet_because(const Root& root, const Outcome& outcome, const Pending& event) {
  if (!outcome.verdict) return root.learned ? "harmless" : "learning";
  if (!root.learned && outcome.verdict->kind != "web_shell") return "learning";
  if (outcome.verdict->always) return {};
  if (event.writer == Writer::kPackages) return "packages";
  // Of a change nobody heard, the file's own time says when it was made.
  auto at = event.first == SteadyTime{} && !outcome.update.gone
                ? std::min(event.at, from_unix_ms(outcome.update.file.ctime_ns / 1'000'000))
                : event.at;
  if (deploys_.open_at(at, root.config.path)) return "deploy";
  return {};
}

}  // namespace vedette::files
