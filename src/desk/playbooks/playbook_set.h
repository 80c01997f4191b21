// PlaybookSet: the playbooks of the program and an organisation's own files over them: a file replaces the
// built-in playbook of the same id. Immutable once made; share it as a snapshot.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "desk/playbooks/playbook.h"

namespace vedette::desk {

class PlaybookSet {
 public:
  static PlaybookSet built_in();  // asserts that content/playbooks can be read: a test holds that
  // The built-in ones with FOLDER/*.toml over them. Every refusal, one a line, in the message of kInvalid;
  // kUnavailable: the folder cannot be read.
  static Result<PlaybookSet> with_folder(const std::filesystem::path& folder);

  const Playbook* find(std::string_view id) const;
  std::vector<const Playbook*> playbooks() const;  // by id

 private:
  Result<void> add(std::string_view toml, const std::string& file, std::string source);
  std::map<std::string, Playbook, std::less<>> playbooks_;
};

}  // namespace vedette::desk
