// Sealed files: bytes encrypted at rest, piece by piece, so that no file is ever whole in memory. libsodium's
// secretstream (XChaCha20-Poly1305): pieces cannot be changed, swapped, left out or cut off unnoticed. One
// file is written by one thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::desk {

class SealedWriter {
 public:
  // Makes the file (0600). `key` has 32 bytes. kUnavailable: it cannot be written; names file and cause.
  static Result<SealedWriter> create(const std::filesystem::path& path, const Secret& key);
  SealedWriter(SealedWriter&&) noexcept;
  SealedWriter& operator=(SealedWriter&&) noexcept;
  ~SealedWriter();  // without finish() the file stays unfinished and cannot be read

  Result<void> write(std::string_view bytes);
  // The last piece, everything onto the disk, and the file under the name it is to keep: after this a power
  // cut takes nothing of it away.
  Result<void> finish(const std::filesystem::path& name);
  std::uint64_t size() const;  // plain bytes so far
  std::string sha256() const;  // of the plain bytes, hex; after finish()

 private:
  struct State;
  explicit SealedWriter(std::unique_ptr<State> state);
  Result<void> seal(std::string_view piece, unsigned char tag);
  std::unique_ptr<State> state_;
};

// Calls `each` with the plain bytes, at most 64 KiB at a time; `each` returns an error to stop. kCorrupt:
// another key, or the file was changed or cut off.
Result<void> read_sealed(const std::filesystem::path& path, const Secret& key,
                         const std::function<Result<void>(std::string_view)>& each);

}  // namespace vedette::desk
