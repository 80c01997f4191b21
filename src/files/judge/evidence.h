// Evidence: what one change says by itself, before anything is summed. Pure functions of the change.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "files/judge/file_change.h"
#include "files/judge/thresholds.h"
#include "model/message.h"

namespace vedette::files {

struct Reason {
  double weight = 0;
  Message message;
};

struct Evidence {
  double strong = 0;
  double weak = 0;
  std::vector<Reason> reasons;

  void add_strong(double weight, std::string_view key, std::map<std::string, std::string> arguments);
  void add_weak(double weight, std::string_view key, std::map<std::string, std::string> arguments);
};

// Of kModified and kReplaced with content: did content that had a meaning turn into what only its key reads?
Evidence weigh_content(const FileChange& change, const Thresholds& thresholds);
// Of kRenamed: an unknown ending behind or instead of a known one.
Evidence weigh_name(const FileChange& change, const Thresholds& thresholds);
// Of kRenamed: the new ending, where it is another one and nobody knows it; else "".
std::string unknown_ending(const FileChange& change);

// What a new file could be the copy of.
enum class CopyKind { kNone, kRandom, kCrypt };
CopyKind copy_kind(const ContentChange& content);
// Content whose loss is a loss: false for what was random or somebody's ciphertext already.
bool had_meaning(const ContentChange& content);

// It has a type. A backup tool drops and copies pieces of no type that anybody knows, one for one.
bool meaning_is_known(const ContentChange& content);

std::string_view file_name(std::string_view path);
std::string_view directory_of(std::string_view path);  // "" for a bare name
std::string extension_of(std::string_view name);       // lower case, with the dot; "" for ".profile"

}  // namespace vedette::files
