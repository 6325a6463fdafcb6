//! What criterion has measured: reading its files, and ordering them as groups of contenders.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;

/// Contenders that are measured by the same work.
#[derive(Debug, Default)]
pub struct Group {
    /// The group's name.
    pub name: String,
    /// Nanoseconds for one element, by variant (such as the number of threads) and contender.
    pub variants: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Group {
    /// All contenders, each once.
    pub fn contenders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.variants.values().flat_map(|times| times.keys()).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// `benchmark.json`.
#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    throughput: Option<BTreeMap<String, u64>>,
}

/// `estimates.json`.
#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// All groups of which something was measured after `begun`, by name.
///
/// # Errors
///
/// If a file cannot be read, or is not criterion's: the error names the file.
pub fn read(home: &Path, begun: SystemTime) -> Result<Vec<Group>, Box<dyn Error>> {
    let mut groups = BTreeMap::<String, Group>::new();
    let mut folders = vec![home.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(_) if folder == home => break,
            Err(error) => return Err(format!("{}: {error}", folder.display()).into()),
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            }
        }
        let file = folder.join("benchmark.json");
        if folder.ends_with("new") && file.exists() && fs::metadata(&file)?.modified()? >= begun {
            let benchmark: Benchmark = parse(&file)?;
            let estimates: Estimates = parse(&folder.join("estimates.json"))?;
            add(&mut groups, benchmark, estimates.median.point_estimate);
        }
    }
    Ok(groups.into_values().collect())
}

/// What several launches have measured, as one: medians, by row.
pub fn medians(launches: &[Vec<Group>]) -> Vec<Group> {
    let mut times = BTreeMap::<(&str, &str, &str), Vec<f64>>::new();
    for group in launches.iter().flatten() {
        for (variant, contenders) in &group.variants {
            for (contender, &time) in contenders {
                times.entry((&group.name, variant, contender)).or_default().push(time);
            }
        }
    }
    let mut groups = BTreeMap::<&str, Group>::new();
    for ((name, variant, contender), times) in times {
        let group = groups.entry(name).or_default();
        group.name = name.to_owned();
        group.variants.entry(variant.to_owned()).or_default().insert(contender.to_owned(), median(times));
    }
    groups.into_values().collect()
}

/// The median of some numbers, of which there is one at least.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len() - 1;
    f64::midpoint(numbers[last / 2], numbers[last.div_ceil(2)])
}

fn parse<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<T, Box<dyn Error>> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?)
}

fn add(groups: &mut BTreeMap<String, Group>, benchmark: Benchmark, nanoseconds: f64) {
    let elements = benchmark.throughput.and_then(|of| of.get("Elements").copied()).unwrap_or(1);
    let function = benchmark.function_id.unwrap_or_default();
    let (contender, variant) = function.split_once('/').unwrap_or((&function, ""));
    let group = groups.entry(benchmark.group_id.clone()).or_default();
    group.name = benchmark.group_id;
    let times = group.variants.entry(variant.to_owned()).or_default();
    times.insert(contender.to_owned(), nanoseconds / elements.max(1) as f64);
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A group as it would be read, of `(function, elements, nanoseconds)`.
    pub fn group(name: &str, measured: &[(&str, u64, f64)]) -> Group {
        let mut groups = BTreeMap::new();
        for (function, elements, nanoseconds) in measured {
            let throughput = Some(BTreeMap::from([("Elements".to_owned(), *elements)]));
            let benchmark =
                Benchmark { group_id: name.to_owned(), function_id: Some((*function).to_owned()), throughput };
            add(&mut groups, benchmark, *nanoseconds);
        }
        groups.into_values().next().expect("something was measured")
    }

    #[test]
    fn group_divides_by_elements_and_splits_variants() {
        let group = group("queue pairs", &[("kanal/2T", 4, 100.0), ("LockFreeQueue/1T", 2, 30.0)]);
        assert_eq!(group.variants["2T"]["kanal"], 25.0);
        assert_eq!(group.variants["1T"]["LockFreeQueue"], 15.0);
        assert_eq!(group.contenders(), ["LockFreeQueue", "kanal"]);
    }

    #[test]
    fn medians_are_of_each_row() {
        let launch = |ours, peer| vec![group("g", &[("LockFreeQueue/1T", 1, ours), ("kanal/1T", 1, peer)])];
        let mut launches = vec![launch(1.0, 8.0), launch(5.0, 2.0), launch(3.0, 6.0)];
        let odd = medians(&launches);
        assert_eq!((odd[0].variants["1T"]["LockFreeQueue"], odd[0].variants["1T"]["kanal"]), (3.0, 6.0));
        launches.pop();
        let even = medians(&launches);
        assert_eq!((even[0].variants["1T"]["LockFreeQueue"], even[0].variants["1T"]["kanal"]), (3.0, 5.0));
    }

    #[test]
    fn read_skips_what_was_measured_before() {
        let home = std::env::temp_dir().join(format!("selvedge-bench-{}", std::process::id()));
        let folder = home.join("group/function/new");
        fs::create_dir_all(&folder).unwrap();
        let benchmark = r#"{"group_id":"g","function_id":"f/1T","value_str":null,"throughput":{"Elements":2},
            "full_id":"g/f/1T","directory_name":"g/f_1T","title":"g/f/1T"}"#;
        fs::write(folder.join("benchmark.json"), benchmark).unwrap();
        fs::write(folder.join("estimates.json"), r#"{"median":{"point_estimate":8.0},"mean":null}"#).unwrap();
        let all = read(&home, SystemTime::UNIX_EPOCH).unwrap();
        let none = read(&home, SystemTime::now() + std::time::Duration::from_secs(60)).unwrap();
        fs::write(folder.join("estimates.json"), "{}").unwrap();
        let broken = read(&home, SystemTime::UNIX_EPOCH).unwrap_err().to_string();
        fs::remove_dir_all(&home).unwrap();
        assert_eq!(all[0].variants["1T"]["f"], 4.0);
        assert!(none.is_empty());
        assert!(broken.contains("estimates.json") && broken.contains("median"), "{broken}");
    }
}
