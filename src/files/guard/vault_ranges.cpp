// The images of which the vault holds only stretches.
#include <fcntl.h>
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>

#include "files/guard/vault.h"

namespace vedette::files {

std::uint64_t Vault::bytes_of(const Image& image) const {
  if (!image.ranges) return image.size;
  auto found = ranges_.find(image.id);
  return found == ranges_.end() ? 0 : found->second->bytes();
}

void Vault::take_up_ranges(const Image& image, std::shared_ptr<RangeImage> ranges) {
  ranges_[image.id] = std::move(ranges);
  ranges_by_file_[image.file].push_back(image.id);
}

void Vault::forget_ranges(const Image& image) {
  ::unlink(RangeImage::records_of(image_path(image.id)).c_str());
  ranges_.erase(image.id);
  auto found = ranges_by_file_.find(image.file);
  if (found == ranges_by_file_.end()) return;
  std::erase(found->second, image.id);
  if (found->second.empty()) ranges_by_file_.erase(found);
}

std::shared_ptr<RangeImage> Vault::ranges_image(std::uint64_t id) const {
  std::lock_guard lock(mutex_);
  auto found = ranges_.find(id);
  return found == ranges_.end() ? nullptr : found->second;
}

std::vector<std::pair<std::uint64_t, std::shared_ptr<RangeImage>>> Vault::ranges_of(
    const FileId& file) const {
  std::vector<std::pair<std::uint64_t, std::shared_ptr<RangeImage>>> out;
  std::lock_guard lock(mutex_);
  auto found = ranges_by_file_.find(file);
  if (found == ranges_by_file_.end()) return out;
  for (auto id : found->second)
    if (auto image = ranges_.find(id); image != ranges_.end()) out.emplace_back(id, image->second);
  return out;
}

Result<Image> Vault::begin_ranges(int fd, const std::string& path, const FileId& file,
                                  const std::string& actor, std::vector<ProcessId> lineage) {
  TRY_ASSIGN(auto image, describe_new(fd, path, file, actor, std::move(lineage)));
  image.ranges = true;
  std::lock_guard lock(mutex_);
  if (ranges_.size() >= kRangeImagesMax || !make_room(0)) {
    ++refused_;
    return fail(ErrorCode::kLimit, "the vault is full");
  }
  image.id = ++number_;
  auto made = RangeImage::create(image_path(image.id), image.size);
  if (!made) {
    ++refused_;
    return std::unexpected(std::move(made).error());
  }
  take_up_ranges(image, *std::move(made));
  images_[image.id] = image;
  unsynced_[image.id] = false;
  append(to_record(image));
  return image;
}

bool Vault::wants_range(const FileId& file, Range range) const {
  return std::ranges::any_of(ranges_of(file), [&](const auto& one) {
    return !one.second->spoiled() && one.second->missing(range) > 0;
  });
}

Result<void> Vault::keep_range(const FileId& file, int fd, Range range, const std::function<bool()>& wanted) {
  for (const auto& [id, image] : ranges_of(file)) {
    const auto missing = image->spoiled() ? 0 : image->missing(range);
    if (missing == 0) continue;
    {
      std::lock_guard lock(mutex_);
      if (!make_room(missing)) {
        ++refused_;
        return fail(ErrorCode::kLimit, "the vault is full");
      }
      bytes_ += missing;  // reserved
    }
    const auto before = image->bytes();
    auto kept = image->keep(fd, range, wanted);
    const auto added = kept ? *kept : image->bytes() - before;
    std::lock_guard lock(mutex_);
    const auto known = images_.find(id);  // it may have had to go for the room of another
    bytes_ -= std::min(bytes_, known == images_.end() ? missing : missing - std::min(missing, added));
    if (known != images_.end() && !known->second.settled) unsynced_.try_emplace(id, false);
    if (!kept) return std::unexpected(std::move(kept).error());
  }
  return {};
}

void Vault::spoil_range(const FileId& file, Range range) {
  for (const auto& [id, image] : ranges_of(file))
    if (image->missing(range) > 0) image->spoil();
}

Result<UniqueFd> Vault::composed(std::uint64_t id, int current) const {
  auto stretches = ranges_image(id);
  if (!stretches) return fail(ErrorCode::kNotFound, fmt::format("pre-image {} is gone from the vault", id));
  const auto folder = path_ / "replaced";  // where a rollback puts whole files anyhow
  UniqueFd out(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!out) return fail(ErrorCode::kUnavailable, std::string("making room for it: ") + std::strerror(errno));
  if (stretches->missing({}) > 0) {
    if (current < 0)
      return fail(ErrorCode::kConflict,
                  "only what was overwritten of it was kept, and the rest of the file is not there any more");
    TRY(copy_content(current, out.get()));
  }
  TRY(stretches->put_back(out.get()));
  return out;
}

bool Vault::shares_blocks_with(int fd) const {
  const auto folder = path_ / "images";
  UniqueFd trial(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  return trial && share_content(fd, trial.get());
}

}  // namespace vedette::files
