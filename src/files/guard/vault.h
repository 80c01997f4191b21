// Vault: the pre-images of protected files, and the journal of who did what to them.
//
//   VAULT/images/<id>   content, as it was before the first write of an unjudged actor; of a file above the
//   size cap
//                       only the stretches that were about to be overwritten (range_image.h)
//   VAULT/journal       one JSON line per image, deed, incident, allowance
//   VAULT/replaced/     versions that a rollback took away: nothing is ever thrown away by one
//   VAULT/lock          who works on it (flock)
//
// A pre-image is a reflink where vault and file are on one file system that can (btrfs, XFS), else a copy
// (a small file is copied in any case: to share its blocks they would first have to be written out).
// Durability: image and line are written before the writer is let through, so the death of the guard loses
// nothing. sync() is to be called once a second: it puts on the disk what is unjudged or suspect for a second
// or longer, so a power cut may lose the last two seconds. Copies of work that was judged quiet are left to
// the kernel, which writes them out within half a minute: nobody has to wait for them.
// Quotas: bytes (of copies; reflinks count too, as the attacker's writes unshare them) and number of images.
// When they are met, the oldest *settled* image goes; those of unjudged actors stay, and keep() fails with
// kLimit. Thread-safe.
//
// An image of stretches grows for as long as it is in the vault, whoever writes: what it restores is the file
// as it was when it began.
#pragma once

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "files/guard/range_image.h"
#include "files/guard/unique_fd.h"
#include "files/guard/vault_records.h"

namespace vedette::files {

struct VaultLimits {
  std::uint64_t bytes_max = 8ull << 30;
  std::uint64_t images_max = 200'000;
  std::uint64_t file_bytes_max = 256ull << 20;  // a larger file is reflinked, or kept in stretches
};

class Vault {
 public:
  // Creates it (0700) when it is not there. kConflict: another process works on it. kForbidden: others may
  // write to it.
  static Result<std::unique_ptr<Vault>> open(const std::filesystem::path& path, const VaultLimits& limits,
                                             const Clock& clock);
  // Only reads the journal; takes no lock.
  static Result<VaultHistory> read(const std::filesystem::path& path);

  // Keeps what `fd` shows now. kLimit: no room. kUnsupported: it is over the size cap and cannot be
  // reflinked.
  Result<Image> keep(int fd, const std::string& path, const FileId& file, const std::string& actor,
                     std::vector<ProcessId> lineage = {});
  // Begins an image that holds nothing yet. kLimit: no room, or kRangeImagesMax are there.
  Result<Image> begin_ranges(int fd, const std::string& path, const FileId& file, const std::string& actor,
                             std::vector<ProcessId> lineage);
  static constexpr std::size_t kRangeImagesMax = 1024;
  // Whether images of this file wait for some of this stretch.
  bool wants_range(const FileId& file, Range range) const;
  // Keeps it in all of them, before it is overwritten. Errors as RangeImage::keep(); kLimit: no room in the
  // vault.
  Result<void> keep_range(const FileId& file, int fd, Range range, const std::function<bool()>& wanted);
  // Takes an image away that was of no use.
  void discard(std::uint64_t id);
  // It is overwritten all the same: what wanted it can restore nothing any more.
  void spoil_range(const FileId& file, Range range);
  // The file that `current` shows as it was, in a file without a name. `current` may be -1 where all of it
  // was kept. kConflict: it cannot be restored.
  Result<UniqueFd> composed(std::uint64_t id, int current) const;
  // Whether a copy of `fd` would share its blocks.
  bool shares_blocks_with(int fd) const;
  std::vector<Image> images() const;  // all of them
  std::optional<Image> image(std::uint64_t id) const;
  bool has(std::uint64_t id) const;
  Result<UniqueFd> content(std::uint64_t id) const;
  // SHA-256 of an image, computed now if it was not yet.
  Result<std::string> hash(std::uint64_t id);
  void settle(std::uint64_t id, bool settled = true);
  // The files of `replaced` get names of their own below VAULT/replaced.
  std::filesystem::path replaced_name(const std::string& path);

  std::uint64_t next_number();
  void record(const Deed& deed);
  void record(const FileIncident& incident);
  void record(const Allowance& allowance);
  void record_undone(const std::vector<std::uint64_t>& deeds);  // by their numbers
  void record_pin_saved(std::uint64_t deed, std::uint64_t image);
  void sync();
  // What is unsettled now, at once.
  void sync_now();

  const VaultHistory& found_at_start() const { return history_; }
  const std::filesystem::path& path() const { return path_; }
  struct Status {
    std::uint64_t bytes = 0, images = 0, evicted = 0, refused = 0;
    VaultLimits limits;
  };
  Status status() const;

 private:
  Vault(std::filesystem::path path, const VaultLimits& limits, const Clock& clock);
  Result<void> start();
  bool make_room(std::uint64_t size);  // with the mutex
  void remove(std::uint64_t id);       // with the mutex
  void append(const boost::json::object& line);
  std::filesystem::path image_path(std::uint64_t id) const;
  Result<Image> describe_new(int fd, const std::string& path, const FileId& file, const std::string& actor,
                             std::vector<ProcessId> lineage) const;
  // vault_ranges.cpp; the first three with the mutex.
  std::uint64_t bytes_of(const Image& image) const;
  void take_up_ranges(const Image& image, std::shared_ptr<RangeImage> ranges);
  void forget_ranges(const Image& image);
  std::shared_ptr<RangeImage> ranges_image(std::uint64_t id) const;  // or null
  std::vector<std::pair<std::uint64_t, std::shared_ptr<RangeImage>>> ranges_of(const FileId& file) const;

  const std::filesystem::path path_;
  const VaultLimits limits_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  VaultHistory history_;
  std::map<std::uint64_t, Image> images_;
  std::set<std::uint64_t> settled_;  // oldest first
  std::map<std::uint64_t, std::shared_ptr<RangeImage>> ranges_;
  std::unordered_map<FileId, std::vector<std::uint64_t>> ranges_by_file_;
  std::uint64_t bytes_ = 0, evicted_ = 0, refused_ = 0, number_ = 0;
  UniqueFd lock_, journal_;
  void sync(bool all);
  std::map<std::uint64_t, bool> unsynced_;  // unsettled images; true: they were so at the last sync()
};

// Name, mode, owner, times and extended attributes of an open file, as an Image without content.
Result<Image> describe(int fd);
// Puts them on `fd`; the error names the first that failed, the others are done all the same.
Result<void> apply_metadata(int fd, const Image& image);
// Makes `to` share the blocks of `from` (a reflink); false where that does not work.
bool share_content(int from, int to);
Result<void> copy_bytes(int from, int to);    // `to` is empty
Result<void> copy_content(int from, int to);  // the first of the two that works
Result<std::string> sha256_of(int fd);

}  // namespace vedette::files
