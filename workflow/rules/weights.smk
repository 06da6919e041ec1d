# Weights by name, fetched where there is a network: jobs on a cluster's nodes may have none.

import re

PUBLISHED = {
    weights.name: weights
    for weights in [*map(STUDY.published, STUDY.recognisers), STUDY.landmark_weights]
    if weights is not None
}


if PUBLISHED:

    rule weights:
        output:
            "results/downloads/weights/{weights}.json",
        log:
            f"{LOGS}/weights/{{weights}}.log",
        wildcard_constraints:
            weights="|".join(map(re.escape, PUBLISHED)),
        localrule: True
        conda:
            "../../envs/aip.yaml"
        params:
            provenance=lambda wildcards: STUDY.weights_made(
                PUBLISHED[wildcards.weights]
            ),
        script:
            "../scripts/weights.py"
