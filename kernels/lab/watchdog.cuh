// Ends a lab program that hangs: a kernel that waits for ever cannot be stopped otherwise.
#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

namespace lab {

class Watchdog {
 public:
  // `report` is called before the program ends.
  explicit Watchdog(double seconds, void (*report)() = [] {}) : seconds_(seconds) {
    begin("start");
    std::thread([this, report] {
      for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        if (now() - since_.load() > seconds_) {
          std::printf("HANGS for %.0f s: %s\n", seconds_, label_.c_str());
          report();
          std::fflush(stdout);
          _exit(3);
        }
      }
    }).detach();
  }

  // Names what runs next; the time begins anew. The label is only read when the time is over.
  void begin(const std::string& label) {
    since_ = now() + 1e9;
    label_ = label;
    since_ = now();
  }

 private:
  static double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  const double seconds_;
  std::atomic<double> since_{0};
  std::string label_;
};

}  // namespace lab
