// Sessions by number. A session stays alive while a call works on it, even when another call closes it.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "failure.h"

namespace n4 {

template <class Session>
class Registry {
 public:
  uint64_t add(std::shared_ptr<Session> session) {
    std::lock_guard<std::mutex> lock(mutex_);
    sessions_[++last_] = std::move(session);
    return last_;
  }
  std::shared_ptr<Session> get(uint64_t id) { return find(id, false); }
  std::shared_ptr<Session> remove(uint64_t id) { return find(id, true); }

 private:
  std::shared_ptr<Session> find(uint64_t id, bool remove) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto at = sessions_.find(id);
    if (at == sessions_.end()) {
      fail(N4_BAD_ARGUMENT, "Cannot go on as the session must be open: current session is %llu",
           static_cast<unsigned long long>(id));
    }
    std::shared_ptr<Session> session = at->second;
    if (remove) sessions_.erase(at);
    return session;
  }
  std::mutex mutex_;
  std::map<uint64_t, std::shared_ptr<Session>> sessions_;
  uint64_t last_ = 0;
};

// The open sessions of one kind. Never destroyed: at the end of a process the driver may be gone before them.
template <class Session>
Registry<Session>& registry() {
  static Registry<Session>* sessions = new Registry<Session>;
  return *sessions;
}

}  // namespace n4
