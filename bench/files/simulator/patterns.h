// Patterns: the ways of reading, writing, naming and deleting by which encrypting malware is known, as public
// reports describe them. Only what can be seen from outside is imitated, on throw-away files.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "simulator/journal.h"

namespace vedette::simulator {

struct Cipher {
  bool chacha = false;  // ChaCha20 instead of AES-256-CTR
  std::string key;      // 32 bytes, random, written to the journal
  std::string ending;   // of renamed files, with the dot
};

struct Pattern {
  std::string_view name;
  std::string_view text;
  // Does it to one file. False where a system call failed: the file is skipped.
  bool (*run)(const std::string& path, const Cipher& cipher);
  // Once in each folder, before its first file.
  bool note = false;
  // The whole list is handed to a shell instead.
  bool shell = false;
};

std::span<const Pattern> patterns();
const Pattern* find_pattern(std::string_view name);
bool leave_note(const std::string& folder);

}  // namespace vedette::simulator
