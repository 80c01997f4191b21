// Baseline: what is known of each file below the web roots: its size, times, SHA-256, and (packed) the text
// of pages, scripts and configuration, so that a finding can show what was there before. Survives restarts.
//
// Kept in SQLite through store/. Paths are bytes, not text. Writes return after they are durable.
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "files/webroots/file_class.h"
#include "store/database.h"

namespace vedette::files {

struct KnownWebFile {
  std::string directory, name;  // relative to the root; directory "" for the root itself
  WebClass web_class = WebClass::kData;
  std::int64_t size = 0, mtime_ns = 0, ctime_ns = 0, inode = 0;
  bool executable = false;
  std::string sha256;  // "" : too large to be hashed, size and times stand for it
  std::int64_t changes = 0;
  std::int64_t changed_first_ms = 0;
};

// Something that changed and was no alarm, or was: the record behind `vedette files changes`.
struct WebChange {
  WallTime at{};
  std::string root, path, what, quiet, writer, sha256_before, sha256_after;
};

class Baseline {
 public:
  static constexpr std::size_t kTextMax = 256 * 1024;     // of one file, unpacked
  static constexpr std::int64_t kTextsMax = 512ll << 20;  // of all, packed; further ones have no text
  static constexpr std::int64_t kChangesKept = 100'000;

  static Result<std::unique_ptr<Baseline>> open(const std::filesystem::path& state, const Clock& clock,
                                                Metrics& metrics);

  struct Root {
    std::int64_t id = 0;
    bool learned = false;  // the first pass over it is done
  };
  Result<Root> root(const std::string& path);
  Result<void> set_learned(std::int64_t root);

  Result<std::unordered_map<std::string, KnownWebFile>> files_of(std::int64_t root,
                                                                 const std::string& directory);
  Result<std::optional<KnownWebFile>> file_of(std::int64_t root, const std::string& directory,
                                              const std::string& name);
  // `below` and every folder below it that has files; "" for all.
  Result<std::vector<std::string>> directories_of(std::int64_t root, const std::string& below);
  // The text it had when it was last stored; "" when it was not kept.
  Result<std::string> text_of(std::int64_t root, const std::string& directory, const std::string& name);
  Result<std::int64_t> count(std::int64_t root);

  struct Update {
    std::int64_t root = 0;
    KnownWebFile file;
    bool gone = false;
    bool keep_text = false;  // replace the stored text by `text`
    std::string text;
  };
  // All of them in one transaction.
  Result<void> store(std::vector<Update> updates, std::vector<WebChange> changes);
  // Newest first.
  Result<std::vector<WebChange>> changes(std::size_t limit);

 private:
  Baseline(std::unique_ptr<store::Database> database) : database_(std::move(database)) {}
  std::unique_ptr<store::Database> database_;
};

}  // namespace vedette::files
