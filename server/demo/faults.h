// SPDX-License-Identifier: Apache-2.0
// How a demo's PKI is told to misbehave, so that tests see what its users do then: a file in
// DIR/pki, which only the owner of the instance can write. Never over HTTP.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace yinxin::server {

/// The file's name in DIR/pki.
inline constexpr const char* demo_pki_faults_name = "faults";

/// Of a word "NAME[@WHERE][=MILLISECONDS]", such as "tsa-down", "tsa-slow@rsa=30000".
struct DemoFault {
    std::string name;
    std::string where;                 ///< a family; of crl-down: an authority. "": all
    std::chrono::milliseconds span{};  ///< of the slow ones
};

/// Throws Error{Invalid} naming the ones there are.
std::vector<DemoFault> demo_faults_from_words(const std::vector<std::string>& words);
/// What the words of read_demo_faults may be, each with its meaning, for people.
std::string demo_faults_help();

/// Exactly these from now on; none: everything is right again.
void write_demo_faults(const std::filesystem::path& file, const std::vector<std::string>& words);
/// None when there is no file.
std::vector<DemoFault> read_demo_faults(const std::filesystem::path& file);

/// The first of this name that holds there; null when none does.
const DemoFault* find_demo_fault(const std::vector<DemoFault>& faults,
                                 const std::string& name,
                                 const std::string& where);

}  // namespace yinxin::server
