//! How the vectors of a text's tokens become one: what sentence-transformers keeps in `modules.json` and beside it.

use serde::Deserialize;

use super::error::{ConvertError, Result};
use super::folder::Folder;

const MODULES: &str = "modules.json";
const POOLING: &str = "1_Pooling/config.json";
const KNOWN: &str = "mean, CLS and last-token pooling can be";

/// The kinds of pooling that the engine has, by their numbers in `bert.pooling_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The mean of all tokens' vectors.
    Mean = 1,
    /// The first token's vector.
    Cls = 2,
    /// The last token's vector.
    Last = 3,
}

/// One step from a text to its vector.
#[derive(Deserialize)]
struct Module {
    #[serde(rename = "type")]
    class: String,
    #[serde(default)]
    path: String,
}

/// What the pooling module does: a switch for each kind, or since sentence-transformers 5 its name.
#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    pooling_mode: Option<String>,
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    #[serde(default)]
    pooling_mode_max_tokens: bool,
    #[serde(default)]
    pooling_mode_mean_sqrt_len_tokens: bool,
    #[serde(default)]
    pooling_mode_weightedmean_tokens: bool,
    #[serde(default)]
    pooling_mode_lasttoken: bool,
}

impl Pooling {
    /// Reads the folder's pooling; `None` where it does not say, being a bare transformer.
    ///
    /// # Errors
    /// A step, or a kind of pooling, that the engine does not have.
    pub fn read(folder: &Folder) -> Result<Option<Self>> {
        let Some(modules) = folder.json::<Vec<Module>>(MODULES)? else {
            return folder.json(POOLING)?.map(|config| Self::of(folder, POOLING, &config)).transpose();
        };
        let mut pooling = None;
        for Module { class, path } in modules {
            match class.rsplit('.').next().unwrap_or_default() {
                // Dropout does nothing but in training; a vector's length is the engine's business.
                "Transformer" | "BERT" | "Normalize" | "Dropout" => {}
                "Pooling" if pooling.is_none() => {
                    let at = folder.path(MODULES);
                    let inner = folder.inner(&path);
                    let inner = inner.ok_or_else(|| ConvertError::unsound(&at, format!("'{path}' is outside")))?;
                    let config = inner.json("config.json")?.ok_or_else(|| inner.missing("config.json"))?;
                    pooling = Some(Self::of(&inner, "config.json", &config)?);
                }
                other => {
                    let known = "models of a transformer and pooling can be";
                    return Err(ConvertError::unsupported(&folder.path(MODULES), format!("a module '{other}'"), known));
                }
            }
        }
        Ok(pooling)
    }

    fn of(folder: &Folder, name: &str, config: &Config) -> Result<Self> {
        let switches = [
            ("cls", config.pooling_mode_cls_token),
            ("mean", config.pooling_mode_mean_tokens),
            ("max", config.pooling_mode_max_tokens),
            ("mean_sqrt_len", config.pooling_mode_mean_sqrt_len_tokens),
            ("weightedmean", config.pooling_mode_weightedmean_tokens),
            ("lasttoken", config.pooling_mode_lasttoken),
        ];
        let switched = switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| name);
        let modes: Vec<&str> = config.pooling_mode.as_deref().map_or_else(|| switched.collect(), |mode| vec![mode]);
        match modes.as_slice() {
            ["mean"] => Ok(Self::Mean),
            ["cls"] => Ok(Self::Cls),
            ["lasttoken"] => Ok(Self::Last),
            [] => Err(ConvertError::unsound(&folder.path(name), "no kind of pooling is switched on")),
            other => {
                let what = format!("pooling by {}", other.join(" and "));
                Err(ConvertError::unsupported(&folder.path(name), what, KNOWN))
            }
        }
    }
}
