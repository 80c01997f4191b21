// A shared library that is loaded when it is needed, and its calls as a struct of pointers. For the .cpp
// files of such structs.
#pragma once

#include <dlfcn.h>
#include <fmt/format.h>

#include <string>
#include <type_traits>

#include "base/result.h"

namespace vedette {

template <class Calls>
class LoadedLibrary {
 public:
  // `package`: of Debian, for the message. Never closed: it lives as long as the program.
  LoadedLibrary(const char* file, std::string package)
      : package_(std::move(package)), library_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {}

  template <class Call>
  void find(Call& call, const char* name) {
    auto* found = library_ ? ::dlsym(library_, name) : nullptr;
    complete_ = complete_ && found;
    call = reinterpret_cast<Call>(found);
  }
  // `what`: "a PDF cannot be made".
  Result<const Calls*> result(std::string_view what) const {
    if (complete_) return &calls;
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} on this server: install {} and restart it", what, package_));
  }

  Calls calls{};

 private:
  std::string package_;
  void* library_;
  bool complete_ = true;
};

}  // namespace vedette
