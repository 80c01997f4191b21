// Canaries: bait files of ours among the protected ones. Nobody works with them, so whoever changes one is
// either an attacker or a program that changes everything.
//
// Their names are random and made of ordinary words, their content is a real letter, table, PDF or docx with
// random figures: nothing but VAULT/canaries (one JSON object a line) tells them from the others. A canary is
// known by its file and, after a rollback has made a new one, by its path and SHA-256. They are never counted
// as somebody's files. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "files/guard/file_id.h"

namespace vedette::files {

class Canaries {
 public:
  static constexpr std::size_t kPerTree = 8, kMax = 1024;

  // Reads VAULT/canaries; none where there is no such file.
  static Result<std::unique_ptr<Canaries>> open(const std::filesystem::path& vault);
  // Puts out as many as are missing, in the tree's own folder and in folders below it chosen by chance. What
  // cannot be written is left out. How many there are now, in all trees.
  Result<std::size_t> place(const std::vector<std::string>& trees);
  // Takes away those that are as they were put out; how many. The others are left for a person to look at,
  // and are no canaries any more.
  Result<std::size_t> remove();

  bool contains(const FileId& file, const std::string& path) const;
  void renamed(const FileId& file, const std::string& path);
  std::vector<std::string> paths() const;

 private:
  struct Canary {
    std::string path, tree;
    FileId file;
    std::string sha256;
  };
  explicit Canaries(std::filesystem::path list) : list_(std::move(list)) {}
  Result<void> save() const;
  static bool untouched(const Canary& canary);
  const std::filesystem::path list_;
  mutable std::mutex mutex_;
  std::vector<Canary> canaries_;
};

enum class CanaryKind { kLetter, kTable, kPdf, kDocx };
std::string_view ending_of(CanaryKind kind);
// The same seed, the same content.
std::string canary_content(CanaryKind kind, std::uint64_t seed);

}  // namespace vedette::files
