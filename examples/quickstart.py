# %% [markdown]
# # From three CSV tables to recommendations
#
# Run it in the folder of the checkout; it takes about two minutes on a laptop.
# The tables and photos are the shipped ones, unpacked by
#
#     python data/unpack_wardrobes.py --out runs/quickstart/shop

# %%
from beam_jobs import prepare_dataset
from trainer import RecommenderConfig
from trainer import Run
from trainer import evaluate
from trainer import load_recommender
from trainer import train

SHOP, OUT = "runs/quickstart/shop", "runs/quickstart"

# %% [markdown]
# Check, clean, resize and split the tables and photos. The keyword arguments
# are the flags of `python -m beam_jobs.prepare --help`.

# %%
manifest = prepare_dataset(
    f"{OUT}/data",
    interactions=f"{SHOP}/log.csv",
    items=f"{SHOP}/items.csv",
    photos=f"{SHOP}/photos.csv",
    photo_root=f"{SHOP}/photos",
    category_column="category",
    image_size=64,
    if_exists="overwrite",
)
print(manifest.counts)

# %% [markdown]
# Train the two towers from the pixels. The same call resumes a stopped run.

# %%
run = Run.start(
    f"{OUT}/recommender", f"{OUT}/data", RecommenderConfig(epochs=6)
)
train(run, verbose=2)

# %% [markdown]
# Rank the held-out items of each user among the whole catalog.

# %%
evaluation = evaluate(run)
for name, slices in evaluation.models.items():
    print(f"{name}: AUC {slices['all']['auc']:.3f}")

# %% [markdown]
# Recommend items to a user of the log, and to a new user who likes two items.

# %%
recommender = load_recommender(run)
user_id = recommender.interactions.user_ids[0]
liked = recommender.interactions.item_ids[:2]
print(user_id, recommender.recommend([user_id], k=5)[0])
print(liked, recommender.recommend_for_items([liked], k=5)[0])
