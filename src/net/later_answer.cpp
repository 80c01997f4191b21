#include "net/later_answer.h"

#include "net/own_answers.h"

namespace vedette::net {

LaterAnswer::LaterAnswer(std::shared_ptr<Open> open) : open_(std::move(open)) {}
LaterAnswer::LaterAnswer(LaterAnswer&&) noexcept = default;
LaterAnswer::~LaterAnswer() {
  if (open_) open_->give(own_answer("failed"));
}
void LaterAnswer::give(Response response) {
  if (auto open = std::exchange(open_, nullptr)) open->give(std::move(response));
}

void LaterAnswer::Open::give(Response response) {
  std::lock_guard lock(mutex_);
  if (!response_) response_ = std::move(response);
  deliver_when_due();
}

void LaterAnswer::Open::handler_returned() {
  std::lock_guard lock(mutex_);
  returned_ = true;
  deliver_when_due();
}

// Under the mutex, so that after OpenAnswers::end() nothing is still on its way to a lane that ends.
void LaterAnswer::Open::deliver_when_due() {
  if (!returned_ || !response_ || !deliver_) return;
  auto deliver = std::exchange(deliver_, nullptr);
  deliver(*std::move(response_));
}

std::shared_ptr<LaterAnswer::Open> OpenAnswers::open(LaterAnswer::Open::Deliver& deliver) {
  std::lock_guard lock(mutex_);
  if (ended_ || open_.size() >= most_) return nullptr;
  const auto number = next_++;
  auto one = std::make_shared<LaterAnswer::Open>(
      [self = shared_from_this(), number, deliver = std::move(deliver)](Response response) mutable {
        {
          std::lock_guard closing(self->mutex_);
          self->open_.erase(number);
        }
        deliver(std::move(response));
      });
  open_.emplace(number, one);
  return one;
}

std::size_t OpenAnswers::end() {
  decltype(open_) all;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    all = open_;
  }
  for (auto& [number, one] : all) one->give(own_answer("ending"));
  return all.size();
}

}  // namespace vedette::net
